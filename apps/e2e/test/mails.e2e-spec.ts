import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { waitFor } from '@groundswell/testing';
import { aCampaign, anOrg, aPage, aSignature, newEmail, signMutation, type TestOrg } from '../src/campaign-world';
import { SmtpSink, type SunkMail } from '../src/mail-sink';
import { TestFleet } from '../src/test-fleet';

const sendingMutation = `
  mutation ($org: String!, $service: ServiceInput!, $from: String!) {
    upsertService(orgName: $org, input: $service) { id }
    updateOrgProcessing(name: $org, emailBackend: SMTP, emailFrom: $from) { name }
  }`;

describe('mails to supporters', () => {
  let fleet: TestFleet;
  let sink: SmtpSink;

  beforeAll(async () => {
    sink = await new SmtpSink().start();
    fleet = await TestFleet.create();
    await fleet.start();
    mkdirSync(fleet.home.logDir, { recursive: true });
    const certificate = resolve(join(fleet.home.logDir, 'sink.pem'));
    writeFileSync(certificate, sink.cert);
    const mailer = await fleet.startOne('email-delivery', {
      PUBLIC_URL: fleet.gatewayUrl,
      NODE_EXTRA_CA_CERTS: certificate,
      // Long enough for a machine that stalls, and for a kill in the middle of a call.
      PROVIDER_CONNECT_TIMEOUT_MS: '2000',
      PROVIDER_TIMEOUT_MS: '8000',
      CALL_LEASE_MS: '21000',
      TIDY_INTERVAL: '200',
    });
    await mailer.ready({ deadlineMs: 60_000 });
  });
  afterAll(async () => {
    await fleet.stop();
    await sink.stop();
  });

  const mailsTo = (email: string): SunkMail[] => sink.mails.filter(({ to }) => to.includes(email));

  const sendsBySmtp = (org: TestOrg) =>
    org.owner.data(sendingMutation, {
      org: org.name,
      service: { name: 'SMTP', host: sink.url, user: 'sender', password: 'secret' },
      from: `office@${org.name}.example.org`,
    });

  /** Its own templates, or with `sendsBySmtp` after this the built-in ones of the same name. */
  const aThankfulPage = async (input: Record<string, unknown> = {}, org?: TestOrg) => {
    const owner = org ?? (await anOrg(fleet));
    const campaign = await aCampaign(owner);
    const page = await aPage(owner, campaign, { thankYouTemplate: 'thank_you', ...input });
    await sendsBySmtp(owner);
    return { org: owner, page };
  };

  const sign = async (page: { id: number }, email = newEmail()): Promise<string> => {
    const signature = aSignature(page);
    const contact = { ...(signature['contact'] as object), email };
    await fleet.anonymous.data(signMutation, { ...signature, contact });
    return email;
  };

  /** What was asked of email-delivery for this page is done. */
  const settled = (page: { id: number }, count: number) =>
    waitFor(async () => {
      const { rows } = await fleet.sql.query<{ n: number }>(
        `select count(*)::int as n from mail.deliveries where page_id = $1 and state = 'sent'`,
        [page.id],
      );
      return rows[0]?.n === count;
      // A mail whose first try met a mail server that stood still is tried again after up to a minute.
    });

  /** The operator's command. */
  const mails = (...args: string[]): string =>
    execFileSync(process.execPath, ['dist/tools/mails.js', ...args], {
      env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: fleet.home.infra.databaseUrl },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  it('a signature brings exactly one thank-you, of the org that owns the page', async () => {
    const { org, page } = await aThankfulPage();
    const emails = await Promise.all(Array.from({ length: 10 }, () => sign(page)));
    await settled(page, emails.length);
    for (const email of emails) {
      const [mail, ...others] = mailsTo(email);
      expect(others).toEqual([]);
      expect(mail?.from).toBe(`office@${org.name}.example.org`);
      expect(mail?.parsed.from?.name).toBe(`Org ${org.name}`);
      expect(mail?.parsed.subject).toBeTruthy();
      expect(mail?.parsed.html).toContain('Harald');
      expect(mail?.parsed.html).toContain('A campaign');
      expect(mail?.procaId).toMatch(/^action:\d+$/);
    }
    const { rows } = await fleet.sql.query<{ row: string }>(
      'select d::text as row from mail.deliveries d where page_id = $1',
      [page.id],
    );
    expect(rows.filter(({ row }) => emails.some((email) => row.includes(email)))).toEqual([]);
  });

  it('an equal repeat is not thanked again', async () => {
    const { page } = await aThankfulPage();
    const email = await sign(page);
    await settled(page, 1);
    await sign(page, email);
    const another = await sign(page);
    await settled(page, 2);
    expect([mailsTo(email).length, mailsTo(another).length]).toEqual([1, 1]);
  });

  it('a supporter who has to confirm gets a link; once it is opened the action is delivered and thanked for', async () => {
    const org = await anOrg(fleet);
    await org.owner.data(
      `mutation ($org: String!, $input: EmailTemplateInput!) { upsertTemplate(orgName: $org, input: $input) }`,
      {
        org: org.name,
        input: {
          name: 'please confirm',
          locale: 'en',
          subject: 'Confirm, {{firstName}}',
          html: '<a href="{{{confirmLink}}}">yes</a>',
        },
      },
    );
    const { page } = await aThankfulPage({ supporterConfirmTemplate: 'please confirm' }, org);
    await org.owner.data(
      `mutation ($org: String!) {
         updateOrgProcessing(name: $org, supporterConfirm: true, supporterConfirmTemplate: "please confirm") { name } }`,
      { org: org.name },
    );
    const email = await sign(page);
    const asked = await waitFor(() => mailsTo(email)[0]);
    expect(asked.parsed.subject).toBe('Confirm, Harald');
    const link = /href="([^"]+)"/.exec(asked.parsed.html ?? '')?.[1] ?? '';
    expect(link).toContain(`${fleet.gatewayUrl}/link/s/`);
    expect(mailsTo(email)).toHaveLength(1);
    const answer = await fetch(link);
    expect(answer.status).toBe(200);
    await settled(page, 2);
    expect(mailsTo(email).map(({ procaId }) => procaId)).toEqual([asked.procaId, asked.procaId]);
    expect(mailsTo(email)[1]?.parsed.html).toContain('A campaign');
  });

  it('kill -9 in the middle of a call leaves it unknown, and nothing is sent twice', async () => {
    const { page } = await aThankfulPage();
    sink.mishap({ stage: 'body', kind: 'taken-then-silent' });
    const first = await sign(page);
    await waitFor(() => mailsTo(first).length === 1);
    const mailer = fleet.service('email-delivery');
    await mailer.kill('SIGKILL');
    const others = await Promise.all(Array.from({ length: 5 }, () => sign(page)));
    await mailer.restart();
    await settled(page, others.length);
    const lost = await waitFor(async () => {
      const { rows } = await fleet.sql.query<{ id: string; state: string; error: string }>(
        `select id, state, error from mail.deliveries where page_id = $1 and state <> 'sent'`,
        [page.id],
      );
      return rows.length === 1 && rows[0]?.state === 'unknown' && rows[0];
    });
    expect(lost.error).toBe('the sender ended between call and result');
    for (const email of [first, ...others]) expect(mailsTo(email)).toHaveLength(1);
    // A person decides; the same decision twice is one mail.
    expect(mails('list', '--state', 'unknown')).toContain(`${lost.id}  unknown`);
    expect(mails('resend', lost.id)).toMatch(/queued as supporter:thank_you:\d+:p1/);
    // The mail server is of this process, which stands still while the command runs: not before the mail is through.
    await settled(page, others.length + 1);
    expect(() => mails('resend', lost.id)).toThrow('is not unknown');
    expect(mailsTo(first)).toHaveLength(2);
  });
});
