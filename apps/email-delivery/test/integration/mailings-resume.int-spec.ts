import { waitFor } from '@groundswell/testing';
import { FakeMailgun } from './fake-mailgun';
import { shortCalls, type TestOrg } from './mail-fixture';
import { MailingFixture, type TestMailing } from './mailing-fixture';

/** email-events.md §9.4, row by row: what a process that begins finds, left by one that is gone. */
describe('a mailing found at boot', () => {
  let fixture: MailingFixture;
  let mailgun: FakeMailgun;

  beforeAll(async () => {
    [fixture, mailgun] = await Promise.all([MailingFixture.create(), FakeMailgun.start()]);
  });
  beforeEach(() => {
    mailgun.slowMs = 0;
  });
  afterAll(async () => {
    await fixture.close();
    await mailgun.stop();
  });

  const setBackend = (org: TestOrg, isThere: boolean) =>
    fixture.change(
      `update catalog.orgs o
          set email_backend_id = case when $2 then (select s.id from catalog.services s where s.org_id = o.id) end
        where o.id = $1`,
      [org.id, isThere],
    );
  const setMailing = ({ purpose }: TestMailing, what: string) =>
    fixture.change(`update mail.mailings set ${what} where purpose = $1`, [purpose]);
  const setBatches = ({ purpose }: TestMailing, what: string, where = 'true') =>
    fixture.change(
      `update mail.mailing_batches b set ${what} from mail.mailings m
        where m.id = b.mailing_id and m.purpose = $1 and ${where}`,
      [purpose],
    );
  const setRecipients = ({ purpose }: TestMailing, what: string, where: string) =>
    fixture.change(
      `update mail.deliveries d set ${what} from mail.mailing_batches b, mail.mailings m
        where b.id = d.batch_id and m.id = b.mailing_id and m.purpose = $1 and ${where}`,
      [purpose],
    );
  const mailsTo = ({ recipients }: TestMailing): number[] =>
    recipients.map(({ email }) => mailgun.sentTo(email).length);
  const count = (mailing: TestMailing): number => mailsTo(mailing).reduce((sum, mails) => sum + mails, 0);

  /** Three batches of ten, begun by a process that ended before it called anybody. */
  const left = async (): Promise<{ org: TestOrg; mailing: TestMailing }> => {
    const org = await fixture.mails.anOrg({ name: 'mailgun', host: mailgun.origin });
    await setBackend(org, false);
    const app = await fixture.start(shortCalls);
    const mailing = await fixture.told(org, { count: 30 });
    await fixture.inState(mailing, 'submitting');
    await fixture.mails.stop(app);
    await setBackend(org, true);
    return { org, mailing };
  };
  const old = `now() - interval '25 hours'`;
  /** As one that was killed leaves it. */
  const claimed = `state = 'submitting', claimed_by = 'gone', claimed_until = now() - interval '1 s'`;

  it.each([
    ['pending, to be prepared', `state = 'pending', prepared_at = null`],
    ['pending', `state = 'pending'`],
    ['submitting', `state = 'submitting'`],
  ])('%s: is sent', async (what, state) => {
    const { mailing } = await left();
    if (what.includes('prepared')) {
      await setRecipients(mailing, 'batch_id = null', 'true');
      await fixture.change(
        'delete from mail.mailing_batches where mailing_id = (select id from mail.mailings where purpose = $1)',
        [mailing.purpose],
      );
    }
    await setMailing(mailing, state);
    const app = await fixture.start(shortCalls);
    await fixture.inState(mailing, 'submitted');
    expect(mailsTo(mailing)).toEqual(mailing.recipients.map(() => 1));
    await fixture.mails.stop(app);
  });

  it.each(['pending', 'submitting'])(
    '%s, and nothing happened for a day: failed for an operator, the next one is sent',
    async (state) => {
      const { org, mailing } = await left();
      await setBackend(org, false);
      const { mailing: next } = await left();
      await setBackend(org, true);
      await setMailing(mailing, `state = '${state}', updated_at = ${old}`);
      await setBatches(mailing, `updated_at = ${old}, created_at = ${old}`);
      const app = await fixture.start(shortCalls);
      expect(await fixture.inState(mailing, 'failed')).toMatchObject({ error: 'nothing was sent for too long' });
      await fixture.inState(next, 'submitted');
      expect(count(mailing)).toBe(0);
      const { id } = (await fixture.row(mailing)) ?? { id: 0 };
      expect(await fixture.control(app).retry(id)).toBe('done');
      await fixture.inState(mailing, 'submitted');
      expect(count(mailing)).toBe(30);
      await fixture.mails.stop(app);
    },
  );

  it('of a campaign that is gone: failed', async () => {
    const { org, mailing } = await left();
    await fixture.change('update catalog.campaigns set deleted_at = now() where id = $1', [org.campaignId]);
    const app = await fixture.start(shortCalls);
    expect(await fixture.inState(mailing, 'failed')).toMatchObject({ error: 'the campaign is gone' });
    expect(count(mailing)).toBe(0);
    await fixture.mails.stop(app);
  });

  it('with a submitted, a failed and a pending batch: the first is skipped, only the last is sent', async () => {
    const { mailing } = await left();
    await setBatches(mailing, `state = 'submitted'`, 'b.number = 1');
    await setRecipients(
      mailing,
      `state = 'sent', recipient = null, variables = null, custom_id = null`,
      'b.number = 1',
    );
    await setBatches(mailing, `state = 'failed', error_message = 'HTTP 500'`, 'b.number = 2');
    const app = await fixture.start(shortCalls);
    const row = await fixture.inState(mailing, 'failed');
    expect(row.error).toBe('partially sent, retry the rest');
    expect(count(mailing)).toBe(10);
    expect(await fixture.control(app).retry(row.id)).toBe('done');
    await fixture.inState(mailing, 'submitted');
    expect(count(mailing)).toBe(20);
    expect(Math.max(...mailsTo(mailing))).toBe(1);
    await fixture.mails.stop(app);
  });

  it('with an orphan batch: who was being called becomes unknown and is never called, the others get their mail', async () => {
    const { mailing } = await left();
    await setBatches(mailing, claimed, 'b.number = 2');
    await setRecipients(
      mailing,
      `state = 'sending', claimed_by = 'gone', claimed_until = now() - interval '1 s'`,
      `b.number = 2 and d.id in (select x.id from mail.deliveries x where x.batch_id = b.id order by x.id limit 3)`,
    );
    const app = await fixture.start(shortCalls);
    const row = await fixture.inState(mailing, 'failed');
    expect(row.error).toBe('1 batch could not be confirmed');
    expect(await fixture.states(mailing)).toEqual({ sent: 27, unknown: 3 });
    expect(count(mailing)).toBe(27);
    expect((await fixture.batches(mailing))[1]).toMatchObject({
      state: 'submitting',
      error: '3 recipients could not be confirmed',
    });
    await setRecipients(
      mailing,
      `state = 'sent', recipient = null, variables = null, custom_id = null`,
      `d.state = 'unknown'`,
    );
    await fixture.inState(mailing, 'submitted');
    expect(count(mailing)).toBe(27);
    await fixture.mails.stop(app);
  });

  it('is left submitting by a process that is asked to end, and goes on where it was', async () => {
    const { mailing } = await left();
    // Not done before it is told to end, however busy the machine is.
    mailgun.slowMs = 1_000;
    const first = await fixture.start(shortCalls);
    await waitFor(() => count(mailing) >= 5);
    await fixture.mails.stop(first);
    expect(await fixture.row(mailing)).toMatchObject({ state: 'submitting' });
    const { sent = 0, queued = 0 } = await fixture.states(mailing);
    expect([sent, queued]).toEqual([count(mailing), 30 - count(mailing)]);
    mailgun.slowMs = 0;
    const second = await fixture.start(shortCalls);
    await fixture.inState(mailing, 'submitted');
    expect(mailsTo(mailing)).toEqual(mailing.recipients.map(() => 1));
    await fixture.mails.stop(second);
  });
});
