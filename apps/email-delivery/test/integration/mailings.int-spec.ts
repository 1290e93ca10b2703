import { Buffer } from 'node:buffer';
import { waitFor } from '@groundswell/testing';
import { FakeMailgun } from './fake-mailgun';
import type { TestOrg } from './mail-fixture';
import { MailingFixture } from './mailing-fixture';

describe('a mailing is told and fixed', () => {
  let fixture: MailingFixture;
  let mailgun: FakeMailgun;
  let org: TestOrg;

  beforeAll(async () => {
    [fixture, mailgun] = await Promise.all([MailingFixture.create(), FakeMailgun.start()]);
    org = await fixture.mails.anOrg({ name: 'mailgun', host: mailgun.origin });
    await fixture.start();
  });
  afterAll(async () => {
    await fixture.close();
    await mailgun.stop();
  });

  it.each([
    ['as published', (n: number) => Array.from({ length: n }, (_, at) => at)],
    ['backwards', (n: number) => Array.from({ length: n }, (_, at) => n - 1 - at)],
    ['each three times', (n: number) => Array.from({ length: 3 * n }, (_, at) => (at * 7) % n)],
  ])('its messages may come %s: each contact gets one mail', async (_what, order) => {
    const { purpose, recipients, all } = fixture.messages(org, { count: 25, perPart: 10 });
    await fixture.publish(order(all.length).flatMap((at) => all[at] ?? []));
    const row = await fixture.inState({ purpose }, 'submitted');
    expect(row).toMatchObject({ candidates: 25, excluded: 0, recipients: 25, error: null });
    for (const { email, variables } of recipients) {
      const [mail, ...others] = mailgun.sentTo(email);
      expect(others).toEqual([]);
      expect(mail?.html).toContain(`Dear ${String(variables['firstName'])}`);
      expect(mail?.batch).toMatch(/^\d+$/);
      expect(mail?.unsubscribe).toContain('https://campaigns.test/link/u/');
    }
    const batches = await fixture.batches({ purpose });
    expect(batches.map(({ recipients: size, state }) => [size, state])).toEqual([
      [10, 'submitted'],
      [10, 'submitted'],
      [5, 'submitted'],
    ]);
    const left = await fixture.mails.sql.query(
      'select 1 from mail.deliveries where mailing_id = $1 and (recipient is not null or variables is not null)',
      [row.id],
    );
    expect(left.rows).toEqual([]);
  });

  it('waits until nothing is missing', async () => {
    const { purpose, told, parts, prepared } = fixture.messages(org, { count: 15, perPart: 10 });
    await fixture.publish([told, prepared, ...parts.slice(0, 1)]);
    await fixture.mails.accepted();
    expect(await fixture.row({ purpose })).toMatchObject({ state: 'open', isPrepared: false });
    await fixture.publish(parts.slice(1));
    await fixture.inState({ purpose }, 'submitted');
  });

  it('never includes who is added later, nor what another org says', async () => {
    const mailing = fixture.messages(org, { count: 3 });
    await fixture.publish(mailing.all);
    await fixture.inState(mailing, 'submitted');
    const late = fixture.recipients(2);
    await fixture.publish([
      { ...mailing.parts[0], part: 2, recipients: late },
      { ...mailing.told, orgId: 4_711 },
    ] as never);
    await fixture.mails.accepted();
    expect(await fixture.states(mailing)).toEqual({ sent: 3 });
    for (const { email } of late) expect(mailgun.sentTo(email)).toEqual([]);
  });

  it('leaves out who must not get it, and says why', async () => {
    const people = fixture.recipients(6);
    const [good, erased, suppressed, twin, broken, again] = people;
    if (!good || !erased || !suppressed || !twin || !broken || !again) throw new Error('six people');
    twin.email = `  ${good.email.toUpperCase()} `;
    broken.email = 'no address';
    const first = await fixture.told(org, { recipients: [suppressed] });
    await fixture.inState(first, 'submitted');
    await fixture.change(
      `insert into mail.suppressions (service_id, address_hash, reason, created_at)
       select d.service_id, d.address_hash, 'spam', now() from mail.deliveries d join mail.mailings m on m.id = d.mailing_id
        where m.purpose = $1`,
      [first.purpose],
    );
    await fixture.change('insert into catalog.erasures (org_id, ref) values ($1, $2)', [
      org.id,
      Buffer.from(erased.contactRef, 'base64url'),
    ]);
    const mailing = await fixture.told(org, { recipients: [...people, again] });
    const row = await fixture.inState(mailing, 'submitted');
    expect(row).toMatchObject({ candidates: 6, excluded: 4, recipients: 2 });
    const { rows } = await fixture.mails.sql.query<{ error: string }>(
      `select error from mail.deliveries where mailing_id = $1 and state = 'failed' and batch_id is null order by error`,
      [row.id],
    );
    expect(rows.map(({ error }) => error)).toEqual(['duplicate address', 'erased', 'invalid address', 'suppressed']);
    expect([...mailgun.sentTo(good.email), ...mailgun.sentTo(good.email.toUpperCase())]).toHaveLength(1);
    expect(mailgun.sentTo(suppressed.email)).toHaveLength(1);
    expect(mailgun.sentTo(erased.email)).toEqual([]);
  });

  it('makes batches by segment, each with the template of its language', async () => {
    for (const [locale, word] of [
      ['en', 'Hello'],
      ['de', 'Hallo'],
    ]) {
      await fixture.change(
        `insert into catalog.email_templates (org_id, name, locale, subject, html)
         values ($1, 'news', $2, 'News', $3)`,
        [org.id, locale, `<p>${word} {{firstName}}</p>`],
      );
    }
    await fixture.mails.seen((catalogue) => catalogue.templatesOfOrg(org.id).length === 2);
    const recipients = fixture.recipients(8, (index) => ({ locale: index % 2 === 0 ? 'en' : 'de' }));
    const mailing = await fixture.told(org, { recipients, content: { content: { template: 'news' } } });
    await fixture.inState(mailing, 'submitted');
    expect((await fixture.batches(mailing)).map(({ segment, recipients: size }) => [segment, size])).toEqual([
      ['de', 4],
      ['en', 4],
    ]);
    for (const { email, locale } of recipients) {
      expect(mailgun.sentTo(email)[0]?.html).toContain(locale === 'de' ? 'Hallo' : 'Hello');
    }
  });

  it('to nobody is done at once', async () => {
    const mailing = await fixture.told(org, { recipients: [] });
    expect(await fixture.inState(mailing, 'submitted')).toMatchObject({ recipients: 0 });
  });

  it('spreads its batches over its window', async () => {
    const mailing = await fixture.told(org, { count: 30, content: { windowMs: 600_000 } });
    await waitFor(async () => (await fixture.states(mailing))['sent'] === 10);
    const states = (await fixture.batches(mailing)).map(({ state }) => state);
    expect(states.filter((state) => state === 'pending')).toHaveLength(2);
    await fixture.hurry(mailing);
    await fixture.inState(mailing, 'submitted');
  });
});
