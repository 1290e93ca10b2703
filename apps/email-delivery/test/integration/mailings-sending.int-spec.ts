import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Database } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { MailingReadModel } from '../../src/mailings/mailing.read-model';
import { FakeMailgun } from './fake-mailgun';
import { shortCalls, type TestOrg } from './mail-fixture';
import { MailingFixture, type TestMailing } from './mailing-fixture';

describe('a mailing is sent', () => {
  let fixture: MailingFixture;
  let mailgun: FakeMailgun;
  let org: TestOrg;
  let app: NestFastifyApplication;

  const settings = { CALLS_PER_ACCOUNT: '4' };

  beforeAll(async () => {
    [fixture, mailgun] = await Promise.all([MailingFixture.create(), FakeMailgun.start()]);
    org = await fixture.mails.anOrg({ name: 'mailgun', host: mailgun.origin });
    app = await fixture.start(settings);
  });
  beforeEach(() => {
    mailgun.mood = 'accept';
    mailgun.slowMs = 0;
    mailgun.release();
    mailgun.calls = 0;
    mailgun.accepted.length = 0;
  });
  afterAll(async () => {
    await fixture.close();
    await mailgun.stop();
  });

  const startAnew = async (variables: Record<string, string>) => {
    await fixture.mails.stop(app);
    app = await fixture.start(variables);
  };
  const retry = async (mailing: TestMailing) => {
    const row = await fixture.row(mailing);
    return fixture.control(app).retry(row?.id ?? 0);
  };
  const eachOnce = ({ recipients }: TestMailing) => {
    const counts = recipients.map(({ email }) => mailgun.sentTo(email).length);
    expect(counts).toEqual(recipients.map(() => 1));
  };

  it('in two batches at a time, each recipient once', async () => {
    mailgun.slowMs = 5;
    mailgun.mostAtOnce = 0;
    mailgun.holdAfter(0);
    const mailing = await fixture.told(org, { count: 80 });
    const submitting = async () =>
      (await fixture.batches(mailing)).filter(({ state }) => state === 'submitting').length;
    await waitFor(async () => (await submitting()) === 2 && mailgun.calls === 2);
    mailgun.release();
    let most = 0;
    await waitFor(async () => {
      most = Math.max(most, await submitting());
      return (await fixture.row(mailing))?.state === 'submitted';
    });
    expect(most).toBeLessThanOrEqual(2);
    expect(mailgun.mostAtOnce).toBe(2);
    eachOnce(mailing);
  });

  it('stores the error of a batch, and sends the rest once it is retried, a hundred times at once', async () => {
    mailgun.mood = 'fail';
    const mailing = await fixture.told(org, { count: 25 });
    expect(await fixture.inState(mailing, 'failed')).toMatchObject({ error: 'sending failed' });
    for (const batch of await fixture.batches(mailing)) {
      expect(batch).toMatchObject({ state: 'failed', status: 500, error: expect.stringContaining('out of order') });
    }
    expect(await fixture.states(mailing)).toEqual({ queued: 25 });
    mailgun.mood = 'accept';
    const results = await Promise.all(Array.from({ length: 100 }, () => waitFor(() => retry(mailing))));
    expect(results.filter((result) => result === 'done')).toHaveLength(1);
    expect(results.filter((result) => result === 'refused')).toHaveLength(99);
    expect(await fixture.inState(mailing, 'submitted')).toMatchObject({ error: null, recipients: 25 });
    expect(await fixture.batches(mailing)).toHaveLength(3);
    expect(await fixture.errors(mailing)).toEqual([]);
    eachOnce(mailing);
    expect(await retry(mailing)).toBe('refused');
  });

  it('when some batches failed, only those are sent again', async () => {
    const mailing = await fixture.told(org, { count: 30, content: { windowMs: 600_000 } });
    await waitFor(async () => (await fixture.states(mailing))['sent'] === 10);
    mailgun.mood = 'fail';
    await fixture.hurry(mailing);
    expect(await fixture.inState(mailing, 'failed')).toMatchObject({ error: 'partially sent, retry the rest' });
    mailgun.mood = 'accept';
    expect(await retry(mailing)).toBe('done');
    await fixture.inState(mailing, 'submitted');
    eachOnce(mailing);
  });

  it('fails at once when the account is refused, the batches not tried too', async () => {
    mailgun.mood = 'refuse login';
    const mailing = await fixture.told(org, { count: 60 });
    await fixture.inState(mailing, 'failed');
    expect(mailgun.calls).toBeLessThanOrEqual(4);
    for (const batch of await fixture.batches(mailing)) expect(batch).toMatchObject({ state: 'failed', status: 401 });
    mailgun.mood = 'accept';
    await waitFor(async () => (await retry(mailing)) === 'done');
    await fixture.inState(mailing, 'submitted');
    eachOnce(mailing);
  });

  it('a mail that everybody is refused fails, and its recipients wait for the mended one', async () => {
    mailgun.mood = 'refuse mail';
    const mailing = await fixture.told(org, { count: 20 });
    await fixture.inState(mailing, 'failed');
    expect(await fixture.states(mailing)).toEqual({ queued: 20 });
    mailgun.mood = 'accept';
    await retry(mailing);
    await fixture.inState(mailing, 'submitted');
    eachOnce(mailing);
  });

  it('a dead address is that recipient’s end, not the mailing’s', async () => {
    mailgun.slowMs = 20;
    const mailing = await fixture.told(org, { count: 10 });
    await waitFor(() => mailgun.accepted.length >= 3);
    mailgun.mood = 'refuse recipient';
    const { calls } = mailgun;
    await waitFor(() => mailgun.calls > calls + 1);
    mailgun.mood = 'accept';
    await fixture.inState(mailing, 'submitted');
    const { sent = 0, failed = 0 } = await fixture.states(mailing);
    expect(sent + failed).toBe(10);
    expect(failed).toBeGreaterThan(0);
  });

  it('a provider that asks for it gets smaller batches, later', async () => {
    mailgun.mood = 'too many';
    const large = await fixture.mails.anOrg({ name: 'mailgun', host: mailgun.origin });
    await fixture.mails.seen(({ orgs }) => orgs.get(large.id) !== undefined);
    const throttled = await fixture.told(large, { count: 10 });
    await waitFor(async () => (await fixture.batches(throttled)).some(({ error }) => error?.includes('429')));
    mailgun.mood = 'accept';
    expect(await fixture.batches(throttled)).toMatchObject([
      { state: 'pending', attempts: 0, recipients: 5 },
      { state: 'pending', attempts: 0, recipients: 5 },
    ]);
    await fixture.hurry(throttled);
    await fixture.inState(throttled, 'submitted');
    eachOnce(throttled);
  });

  it('what was perhaps sent is never sent again, nor counted, until it is known', async () => {
    await startAnew({ ...settings, ...shortCalls });
    const mailing = fixture.messages(org, { count: 1 });
    mailgun.mood = 'say nothing';
    await fixture.publish(mailing.all);
    expect(await fixture.inState(mailing, 'failed')).toMatchObject({ error: '1 batch could not be confirmed' });
    expect(await fixture.states(mailing)).toEqual({ unknown: 1 });
    mailgun.mood = 'accept';
    await retry(mailing);
    await fixture.inState(mailing, 'failed');
    expect(mailgun.calls).toBe(1);
    await fixture.change(
      `update mail.deliveries d set state = 'sent', recipient = null, variables = null, custom_id = null
         from mail.mailings m where m.id = d.mailing_id and m.purpose = $1`,
      [mailing.purpose],
    );
    await fixture.inState(mailing, 'submitted');
    await startAnew(settings);
  });

  it('is never failed because a result could not be saved', async () => {
    mailgun.holdAfter(0);
    const mailing = await fixture.told(org, { count: 1 });
    await waitFor(() => mailgun.calls === 1);
    await fixture.change('revoke update on mail.deliveries from gs_mail', []);
    mailgun.release();
    await waitFor(() => mailgun.accepted.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await fixture.row(mailing)).toMatchObject({ state: 'submitting' });
    await fixture.change('grant update on mail.deliveries to gs_mail', []);
    await fixture.inState(mailing, 'submitted');
    eachOnce(mailing);
  });

  it('stops within a batch, and keeps nothing of those it did not reach', async () => {
    mailgun.holdAfter(3);
    const mailing = await fixture.told(org, { count: 60 });
    await waitFor(() => mailgun.accepted.length === 3);
    const row = await fixture.row(mailing);
    expect(await fixture.control(app).stop(row?.id ?? 0)).toBe('done');
    const { length } = mailgun.accepted;
    mailgun.release();
    await fixture.inState(mailing, 'stopped');
    expect(mailgun.accepted.length - length).toBeLessThanOrEqual(10);
    const { sent = 0, failed = 0 } = await fixture.states(mailing);
    expect([sent, failed]).toEqual([mailgun.accepted.length, 60 - mailgun.accepted.length]);
    const kept = await fixture.mails.sql.query(
      'select 1 from mail.deliveries where mailing_id = $1 and recipient is not null',
      [row?.id],
    );
    expect(kept.rows).toEqual([]);
    expect(await retry(mailing)).toBe('refused');
  });

  describe('of a mailout of notify-service', () => {
    const aMailout = async (state: string): Promise<string> => {
      const { rows } = await fixture.mails.sql.query<{ id: string }>(
        `insert into notify.mailouts (org_id, campaign_id, name, template, state) values ($1, 1, $2, 'news', $3) returning id`,
        [org.id, fixture.mails.unique('mailout'), state],
      );
      return `mailout:${rows[0]?.id}`;
    };
    const setState = (purpose: string, state: string) =>
      fixture.change(`update notify.mailouts set state = $2, changed_at = now() where 'mailout:' || id = $1`, [
        purpose.split(':').slice(0, 2).join(':'),
        state,
      ]);

    it('rests from the next call on while that is paused, however long, and goes on', async () => {
      mailgun.holdAfter(3);
      const purpose = await aMailout('sending');
      const html = '<a href="{{{personalLink}}}">yours</a> <a href="{{{unsubscribeLink}}}">no more</a>';
      const mailing = await fixture.told(org, {
        count: 40,
        purpose,
        content: { content: { subject: 'News', html, text: null } },
      });
      await waitFor(() => mailgun.accepted.length === 3);
      await setState(purpose, 'paused');
      const { calls } = mailgun;
      mailgun.release();
      await waitFor(async () => (await fixture.batches(mailing)).every(({ state }) => state !== 'submitting'));
      // Two batches were being sent, one call at a time each.
      expect(mailgun.calls - calls).toBeLessThanOrEqual(2);
      await fixture.change(
        `update mail.mailing_batches b set updated_at = now() - interval '3 days', not_before = now() - interval '3 days'
           from mail.mailings m where m.id = b.mailing_id and m.purpose = $1 and b.state = 'pending'`,
        [purpose],
      );
      await fixture.change(`update mail.mailings set updated_at = now() - interval '3 days' where purpose = $1`, [
        purpose,
      ]);
      const other = await fixture.told(org, { count: 5 });
      await fixture.inState(other, 'submitted');
      expect(await fixture.row(mailing)).toMatchObject({ state: 'submitting', error: null });
      await setState(purpose, 'sending');
      await fixture.inState(mailing, 'submitted');
      eachOnce(mailing);
      const [mail] = mailgun.accepted;
      expect(mail?.html).toMatch(/href="https?:[^"]*\/link\/m\/[\w-]{60,}"/);
      expect(mail?.html).toContain(mail?.unsubscribe.slice(1, -1));
    });

    it('ends once that is stopped, wherever it stands and whatever comes later', async () => {
      mailgun.holdAfter(3);
      const purpose = await aMailout('sending');
      const mailing = await fixture.told(org, { count: 60, purpose });
      await waitFor(() => mailgun.accepted.length === 3);
      await setState(purpose, 'stopped');
      const { calls } = mailgun;
      mailgun.release();
      const later = await fixture.told(org, { count: 5, purpose: `${purpose}:opted-in:7` });
      for (const one of [mailing, later]) await fixture.inState(one, 'stopped');
      expect(mailgun.calls - calls).toBeLessThanOrEqual(2);
      expect(await fixture.states(mailing)).toEqual({ sent: mailgun.calls, failed: 60 - mailgun.calls });
      expect(await fixture.states(later)).toEqual({ failed: 5 });
      const { rows } = await fixture.mails.sql.query(
        `select 1 from mail.deliveries d join mail.mailings m on m.id = d.mailing_id
          where starts_with(m.purpose, $1) and d.recipient is not null`,
        [purpose],
      );
      expect(rows).toEqual([]);
    });
  });

  it('shows phase, progress and when it will be done', async () => {
    mailgun.holdAfter(30);
    const begunAt = Date.now();
    const mailing = await fixture.told(org, { count: 60 });
    const { id } = await fixture.inState(mailing, 'submitting');
    const progress = () => app.get(Database).run((manager) => new MailingReadModel(manager).progress(id));
    const midway = await waitFor(async () => {
      const seen = await progress();
      return seen && seen.completed > 5 && seen.phase === 'sending' && seen;
    });
    expect(midway).toMatchObject({ total: 60, excluded: 0 });
    expect(+(midway.eta ?? 0)).toBeGreaterThan(begunAt);
    mailgun.release();
    await fixture.inState(mailing, 'submitted');
    expect(await progress()).toMatchObject({ phase: 'submitted', total: 60, completed: 60, sent: 60, eta: null });
  });
});

describe('a batch whose calls fail', () => {
  it('is tried six times for five retries, later each time', async () => {
    const [fixture, mailgun] = await Promise.all([MailingFixture.create(), FakeMailgun.start()]);
    try {
      mailgun.mood = 'fail';
      const org = await fixture.mails.anOrg({ name: 'mailgun', host: mailgun.origin });
      await fixture.start({ MAILING_RETRIES: '5', ACCOUNT_FAILURES: '100', ...shortCalls });
      const mailing = await fixture.told(org, { count: 1 });
      await fixture.inState(mailing, 'failed');
      expect(mailgun.calls).toBe(6);
      expect(await fixture.batches(mailing)).toMatchObject([{ state: 'failed', attempts: 6, status: 500 }]);
      expect(await fixture.states(mailing)).toEqual({ queued: 1 });
    } finally {
      await fixture.close();
      await mailgun.stop();
    }
  });
});
