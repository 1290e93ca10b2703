import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { emailStatusCode, type EmailStatus } from '@groundswell/domain';
import { Database } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { MailRequests } from '../../src/requests/mail-requests';
import { FakeMailgun } from './fake-mailgun';
import { shortCalls, type TestOrg } from './mail-fixture';
import { MailingFixture, type MailingRecipient, type TestMailing } from './mailing-fixture';

/** Each recipient of a mailing is called, or listed with the reason why not. */
describe('recipients of a mailing', () => {
  let fixture: MailingFixture;
  let mailgun: FakeMailgun;
  let org: TestOrg;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    [fixture, mailgun] = await Promise.all([MailingFixture.create(), FakeMailgun.start()]);
    org = await fixture.mails.anOrg({ name: 'mailgun', host: mailgun.origin });
    app = await fixture.start(shortCalls);
  });
  afterAll(async () => {
    await fixture.close();
    await mailgun.stop();
  });

  /** As action-ingest has it of them, newest last. */
  const known = async ({ contactRef }: MailingRecipient, ...records: (EmailStatus | 'no consent')[]): Promise<void> => {
    for (const [at, record] of records.entries()) {
      const status = record === 'no consent' ? 'none' : record;
      await fixture.change(
        `with person as (
           insert into actions.supporters (campaign_id, action_page_id, fingerprint, processing_status, email_status, email_status_changed)
           values ($1, $2, $3, 3, $4, now() + $5::int * interval '1 second') returning id
         ) insert into actions.contacts (supporter_id, org_id, payload, communication_consent)
           select id, $6, $7, $8 from person`,
        [
          org.campaignId,
          org.pageId,
          Buffer.from(contactRef, 'base64url'),
          emailStatusCode(status),
          at,
          org.id,
          randomBytes(9),
          record !== 'no consent',
        ],
      );
    }
  };
  const mailsTo = ({ email }: MailingRecipient): number => mailgun.sentTo(email).length;
  const setBackend = (isThere: boolean) =>
    fixture.change(
      `update catalog.orgs o
          set email_backend_id = case when $2 then (select s.id from catalog.services s where s.org_id = o.id) end
        where o.id = $1`,
      [org.id, isThere],
    );

  it('who unsubscribed, bounced, complained or withdrew while it waited are not called; who came back is', async () => {
    await setBackend(false);
    const mailing = await fixture.told(org, { count: 7 });
    await fixture.inState(mailing, 'submitting');
    const [unsub, bounced, spam, back, plain, active, withdrew] = mailing.recipients;
    await known(unsub!, 'double_opt_in', 'unsub');
    await known(bounced!, 'bounce');
    await known(spam!, 'spam');
    await known(back!, 'unsub', 'double_opt_in');
    await known(plain!, 'none');
    await known(active!, 'no consent', 'active');
    await known(withdrew!, 'active', 'no consent');
    await setBackend(true);
    await fixture.inState(mailing, 'submitted');
    expect(mailing.recipients.map(mailsTo)).toEqual([0, 0, 0, 1, 1, 1, 0]);
    expect((await fixture.errors(mailing)).sort()).toEqual([
      'failed: bounced',
      'failed: complained',
      'failed: no consent',
      'failed: unsubscribed',
    ]);
  });

  it('of a paused mailout get its tests, and nothing else', async () => {
    await fixture.change(
      `insert into notify.mailouts (id, org_id, campaign_id, name, template, state) values (777, $1, 1, 'paused', 'news', 'paused')`,
      [org.id],
    );
    const mailing = await fixture.told(org, { count: 1, purpose: 'mailout:777' });
    const test = await fixture.told(org, { count: 1, purpose: 'mailout:777:test:1' });
    await fixture.inState(test, 'submitted');
    expect([mailing, test].map(({ recipients }) => mailsTo(recipients[0]!))).toEqual([0, 1]);
    await fixture.change(`update notify.mailouts set state = 'stopped' where id = $1`, [777]);
    await fixture.inState(mailing, 'stopped');
  });

  it('of the same address under two references get a mailout once, though one of them opted in later', async () => {
    const [first, other] = fixture.recipients(2);
    const late = { ...other!, email: first!.email.toUpperCase() };
    const main = await fixture.told(org, { recipients: [first!], purpose: 'mailout:778' });
    await fixture.inState(main, 'submitted');
    const released = await fixture.told(org, { recipients: [late], purpose: 'mailout:778:opted-in:1' });
    await fixture.inState(released, 'submitted');
    expect(await fixture.errors(released)).toEqual(['failed: duplicate address']);
    const another = await fixture.told(org, { recipients: [late], purpose: 'mailout:77:opted-in:2' });
    await fixture.inState(another, 'submitted');
    expect(await fixture.errors(another)).toEqual([]);
  });

  it('a mailing whose last recipient unsubscribed has ended', async () => {
    const recipients = fixture.recipients(1);
    await known(recipients[0]!, 'unsub');
    const mailing = await fixture.told(org, { recipients });
    await fixture.inState(mailing, 'submitted');
    expect(await fixture.errors(mailing)).toEqual(['failed: unsubscribed']);
  });

  it('who comes with a part after it was stopped is listed, without data', async () => {
    const { all, parts, purpose } = fixture.messages(org, { count: 4, perPart: 2 });
    await fixture.publish(all.slice(0, 2));
    await waitFor(async () => (await fixture.states({ purpose }))['queued'] === 2);
    const { id } = (await fixture.row({ purpose })) ?? { id: 0 };
    expect(await fixture.control(app).stop(id)).toBe('done');
    await fixture.publish(parts.slice(1));
    await waitFor(async () => (await fixture.errors({ purpose })).length === 4);
    expect(new Set(await fixture.errors({ purpose }))).toEqual(new Set(['failed: stopped']));
    const kept = await app
      .get(Database)
      .query('select 1 from mail.deliveries where mailing_id = $1 and recipient is not null', [id]);
    expect(kept).toEqual([]);
  });

  describe('of whom nobody knows whether they got it', () => {
    const unknownIn = async (count: number, unknown: number): Promise<{ mailing: TestMailing; ids: string[] }> => {
      await setBackend(false);
      const mailing = await fixture.told(org, { count });
      const { id } = await fixture.inState(mailing, 'submitting');
      await fixture.change(
        `update mail.deliveries set state = 'unknown', error = 'the sender ended between call and result'
          where id in (select id from mail.deliveries where mailing_id = $1 order by id limit $2)`,
        [id, unknown],
      );
      await setBackend(true);
      await fixture.inState(mailing, 'failed');
      const rows = await app
        .get(Database)
        .query<{ id: string }>(
          `select id::text as id from mail.deliveries where mailing_id = $1 and state = 'unknown' order by id`,
          [id],
        );
      return { mailing, ids: rows.map((row) => row.id) };
    };
    const requests = () => app.get(MailRequests, { strict: false });

    it('are sent to once more, or let be, as a person decides; then the mailing has ended', async () => {
      const { mailing, ids } = await unknownIn(5, 2);
      expect(mailing.recipients.map(mailsTo).reduce((sum, mails) => sum + mails)).toBe(3);
      await expect(requests().resend(ids[0]!, org.id + 1)).rejects.toMatchObject({ code: 'mail.not_found' });
      await setBackend(false);
      const both = await Promise.all([requests().resend(ids[0]!, org.id), requests().resend(ids[0]!, org.id)]);
      expect(both.map(({ outcome }) => outcome).sort()).toEqual(['changed', 'unchanged']);
      await setBackend(true);
      await waitFor(() => mailing.recipients.map(mailsTo).reduce((sum, mails) => sum + mails) === 4);
      expect(await requests().drop(ids[1]!, org.id)).toEqual({ outcome: 'changed' });
      await fixture.inState(mailing, 'submitted');
      expect(await fixture.errors(mailing)).toEqual(['failed: dropped by a person']);
      expect(Math.max(...mailing.recipients.map(mailsTo))).toBe(1);
    });

    it('of a stopped mailing are not sent to any more', async () => {
      const { mailing, ids } = await unknownIn(1, 1);
      const { id } = (await fixture.row(mailing)) ?? { id: 0 };
      await fixture.control(app).stop(id);
      await expect(requests().resend(ids[0]!, org.id)).rejects.toMatchObject({ code: 'mail.of_mailing' });
      expect(await requests().drop(ids[0]!, org.id)).toEqual({ outcome: 'changed' });
    });
  });
});
