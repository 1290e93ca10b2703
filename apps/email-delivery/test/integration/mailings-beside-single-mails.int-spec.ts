import { Database } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { FakeMailgun } from './fake-mailgun';
import type { TestOrg } from './mail-fixture';
import { MailingFixture } from './mailing-fixture';

/** Thousands of mails are much for a busy machine. */
const longMs = 120_000;

describe('single mails beside a large mailing', () => {
  let fixture: MailingFixture;
  let mailgun: FakeMailgun;
  let org: TestOrg;

  beforeAll(async () => {
    [fixture, mailgun] = await Promise.all([MailingFixture.create(), FakeMailgun.start()]);
    org = await fixture.mails.anOrg({ name: 'mailgun', host: mailgun.origin });
    mailgun.slowMs = 10;
  });
  afterAll(async () => {
    await fixture.close();
    await mailgun.stop();
  });

  it.each([
    ['one call', '1'],
    ['two calls', '2'],
  ])(
    'go first where the account takes %s at a time, and nobody waits for a connection',
    async (_what, calls) => {
      const app = await fixture.start({ CALLS_PER_ACCOUNT: calls, MAILING_BATCH_SIZE: '1000' });
      const database = app.get(Database);
      const mailing = await fixture.told(org, { count: 5_000 });
      await waitFor(async () => ((await fixture.states(mailing))['sent'] ?? 0) > 20, longMs);
      let waited = 0;
      const watch = setInterval(() => (waited = Math.max(waited, database.waiting)), 1);
      const lags: number[] = [];
      for (let n = 0; n < 10; n += 1) {
        const before = mailgun.accepted.length;
        const { email } = await fixture.mails.signed(org);
        await waitFor(() => mailgun.sentTo(email).length === 1, longMs);
        lags.push(mailgun.accepted.length - before);
      }
      clearInterval(watch);
      const { sent = 0, queued = 0 } = await fixture.states(mailing);
      process.stderr.write(
        `${calls} calls: mails sent before each single one: ${lags.join(' ')}; mailing ${sent} sent, ${queued} waiting\n`,
      );
      // Behind the mailing they would wait for thousands of calls.
      expect(queued).toBeGreaterThan(0);
      expect(Math.max(...lags)).toBeLessThan(2_000);
      expect(waited).toBe(0);
      const { rows } = await fixture.mails.sql.query<{ id: number }>(
        'select id::int as id from mail.mailings where purpose = $1',
        [mailing.purpose],
      );
      await fixture.control(app).stop(rows[0]?.id ?? 0);
      await fixture.inState(mailing, 'stopped');
      await fixture.mails.stop(app);
    },
    600_000,
  );
});
