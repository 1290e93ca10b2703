import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, aSignature, newEmail, signMutation, type TestOrg } from '../src/campaign-world';
import { SmtpSink, type SunkMail } from '../src/mail-sink';
import { TestFleet } from '../src/test-fleet';

interface Place {
  org: TestOrg;
  page: { id: number; campaignId: number };
}

describe('who has not confirmed is reminded; who acted long ago is forgotten', () => {
  let fleet: TestFleet;
  let sink: SmtpSink;

  beforeAll(async () => {
    sink = await new SmtpSink().start();
    fleet = await TestFleet.create();
    await fleet.start({ 'action-ingest': { RETENTION_POLL_MS: '200' } });
    mkdirSync(fleet.home.logDir, { recursive: true });
    const certificate = resolve(join(fleet.home.logDir, 'sink.pem'));
    writeFileSync(certificate, sink.cert);
    const mailer = await fleet.startOne('email-delivery', {
      PUBLIC_URL: fleet.gatewayUrl,
      NODE_EXTRA_CA_CERTS: certificate,
    });
    const notify = await fleet.startOne('notify-service', { REMINDER_POLL_MS: '100' });
    await Promise.all([mailer, notify].map((service) => service.ready({ deadlineMs: 60_000 })));
  });
  afterAll(async () => {
    await fleet.stop();
    await sink.stop();
  });

  const mailsTo = (email: string): SunkMail[] => sink.mails.filter(({ to }) => to.includes(email));

  /** An org whose supporters have to confirm, and are reminded. */
  const aPlace = async (): Promise<Place> => {
    const org = await anOrg(fleet);
    const page = await aPage(org, await aCampaign(org), { thankYouTemplate: 'thank_you' });
    const template = { name: 'confirm', locale: 'en', subject: 'Confirm', html: '<a href="{{{confirmLink}}}">yes</a>' };
    await org.owner.data(
      `mutation ($org: String!, $template: EmailTemplateInput!, $service: ServiceInput!, $from: String!) {
         upsertTemplate(orgName: $org, input: $template)
         upsertService(orgName: $org, input: $service) { id }
         updateOrgProcessing(name: $org, emailBackend: SMTP, emailFrom: $from, supporterConfirm: true,
           supporterConfirmTemplate: "confirm") { name } }`,
      {
        org: org.name,
        template,
        service: { name: 'SMTP', host: sink.url, user: 'sender', password: 'secret' },
        from: `office@${org.name}.example.org`,
      },
    );
    await fleet.sql.query(`update catalog.orgs set config = '{"reminder": {"enabled": true}}' where id = $1`, [org.id]);
    return { org, page };
  };
  const sign = async ({ page }: Place, count: number): Promise<string[]> => {
    const emails = Array.from({ length: count }, newEmail);
    await Promise.all(
      emails.map((email) => {
        const signature = aSignature(page);
        return fleet.anonymous.data(signMutation, {
          ...signature,
          contact: { ...(signature['contact'] as object), email },
        });
      }),
    );
    await waitFor(() => emails.every((email) => mailsTo(email).length === 1));
    return emails;
  };
  /** As if all of them had signed that much earlier. */
  const age = ({ page }: Place, text: string) =>
    fleet.sql.query(`update actions.actions set inserted_at = inserted_at - $2::interval where action_page_id = $1`, [
      page.id,
      text,
    ]);
  const sentReminders = async ({ page }: Place): Promise<string[]> => {
    const { rows } = await fleet.sql.query<{ purpose: string }>(
      `select purpose from mail.deliveries where page_id = $1 and kind = 'reminder' and state = 'sent' order by 1`,
      [page.id],
    );
    return rows.map(({ purpose }) => purpose);
  };
  /** The operator's command. */
  const tool = (name: string, ...args: string[]): string =>
    execFileSync(process.execPath, [`dist/tools/${name}.js`, ...args], {
      env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: fleet.home.infra.databaseUrl },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const linkIn = (mail: SunkMail | undefined): string => /href="([^"]+)"/.exec(mail?.parsed.html ?? '')?.[1] ?? '';

  it('a reminder is the confirm mail once more; its link confirms, and then nobody is reminded', async () => {
    const place = await aPlace();
    const [email = ''] = await sign(place, 1);
    const remind = (...args: string[]) => tool('reminders', '--org', place.org.name, ...args);
    expect(remind('--dry-run')).toBe('0 reminders due\n');
    await age(place, '3 days');
    const listed = remind('--dry-run');
    expect(listed).toContain(`${email.slice(0, 1)}…@example.org`);
    expect(listed).not.toContain(email);
    expect(listed).toMatch(/reminder 1\n1 reminders due\n$/);
    expect(mailsTo(email)).toHaveLength(1);
    expect(remind()).toBe('1 reminders asked for\n');
    const reminder = await waitFor(() => mailsTo(email)[1]);
    expect(linkIn(reminder)).toBe(`${linkIn(mailsTo(email)[0])}?reminder=1`);
    expect(reminder.from).toBe(`office@${place.org.name}.example.org`);
    expect((await fetch(linkIn(reminder))).status).toBe(200);
    // Thanked now.
    await waitFor(() => mailsTo(email).length === 3);
    await age(place, '2 days');
    expect(remind()).toBe('0 reminders asked for\n');
    expect(await sentReminders(place)).toEqual([expect.stringMatching(/^supporter:reminder:\d+:n1$/)]);
    expect(() => tool('reminders', '--org', 'nobody')).toThrow('no org "nobody"');
  });

  it('each is reminded once though notify-service is killed again and again meanwhile', async () => {
    const place = await aPlace();
    const emails = await sign(place, 60);
    await age(place, '3 days');
    await fleet.sql.query('insert into notify.reminder_runs (org_id) values ($1), ($1)', [place.org.id]);
    const notify = fleet.service('notify-service');
    for (const afterMs of [0, 150, 400, 50]) {
      await new Promise((wait) => setTimeout(wait, afterMs));
      await notify.kill('SIGKILL');
      await notify.restart();
    }
    await waitFor(async () => (await sentReminders(place)).length === emails.length);
    await fleet.sql.query('insert into notify.reminder_runs (org_id) values ($1)', [place.org.id]);
    await waitFor(async () => {
      const { rows } = await fleet.sql.query(
        `select (select count(*) from notify.reminder_runs where finished_at is null)::int
                + (select count(*) from notify.outbox)::int as open`,
      );
      return rows[0].open === 0;
    });
    expect(new Set(await sentReminders(place)).size).toBe(emails.length);
    for (const email of emails) expect(mailsTo(email)).toHaveLength(2);
  });

  it('what an org holds of people of long ago goes by command, counted first', async () => {
    const place = await aPlace();
    await sign(place, 3);
    const forget = (...args: string[]) => tool('retention', '--org', place.org.name, ...args);
    const rule = ['--mode', 'remove_pii', '--months', '24'];
    const counts = (text: string) => JSON.parse(text) as object;
    await age(place, '25 months');
    expect(counts(forget(...rule))).toMatchObject({ contacts: 0, supporters: 0 });
    await fleet.sql.query(
      `update catalog.campaigns set status = 2, end_date = now() - interval '25 months' where id = $1`,
      [place.page.campaignId],
    );
    const found = { contacts: 3, supporters: 3, months: 24, org: place.org.name, campaign: null };
    expect(counts(forget(...rule, '--dry-run'))).toMatchObject({ ...found, dryRun: true });
    expect(counts(forget(...rule))).toMatchObject({ ...found, dryRun: false });
    const { rows } = await fleet.sql.query(
      `select (select count(*) from actions.contacts where org_id = $1)::int as records,
              (select count(*) from actions.supporters where action_page_id = $2 and email is not null)::int as copies,
              (select count(*) from actions.retention_runs where org_id = $1 and asked_by like 'cli:%')::int as noted`,
      [place.org.id, place.page.id],
    );
    expect(rows).toEqual([{ records: 0, copies: 0, noted: 3 }]);
    expect(() => forget('--mode', 'all', '--months', '24')).toThrow('mode must be delete_contacts or remove_pii');
    expect(() => forget('--mode', 'remove_pii', '--months', 'two')).toThrow('months must be a whole number');
    expect(() => forget('--months', '24')).toThrow('which mode?');
  });
});
