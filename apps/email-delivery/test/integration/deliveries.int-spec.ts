import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { waitFor } from '@groundswell/testing';
import { FakeMailgun, type Mood } from './fake-mailgun';
import { MailFixture, shortCalls, type TestOrg } from './mail-fixture';

describe('mails of supporters and users', () => {
  let fixture: MailFixture;
  let mailgun: FakeMailgun;
  let dead: FakeMailgun;
  let org: TestOrg;
  let app: NestFastifyApplication;
  const settings = { CALLS_PER_ACCOUNT: '2' };

  beforeAll(async () => {
    [fixture, mailgun, dead] = await Promise.all([MailFixture.create(), FakeMailgun.start(), FakeMailgun.start()]);
    org = await fixture.anOrg({ name: 'mailgun', host: mailgun.origin });
    await fixture.anOrg({ name: 'mailgun', host: mailgun.origin }, { name: 'instance' });
    app = await fixture.start(settings);
  });
  afterEach(() => {
    mailgun.mood = 'accept';
    mailgun.slowMs = 0;
    mailgun.release();
  });
  afterAll(async () => {
    // Calls that hang there are not waited for.
    await dead.stop();
    await fixture.close();
    await mailgun.stop();
  });

  const startAnew = async (variables: Record<string, string>) => {
    await fixture.stop(app);
    app = await fixture.start(variables);
  };

  it('thanks once for a message that comes many times, and keeps no personal data', async () => {
    const { actionId, email } = await fixture.signed(org);
    for (let again = 0; again < 5; again += 1) await fixture.signed(org, { actionId, email });
    await fixture.inState(actionId, 'sent');
    await fixture.accepted();
    await fixture.signed(org, { actionId, email });
    await fixture.accepted();
    const [mail, ...others] = mailgun.sentTo(email);
    expect(others).toEqual([]);
    expect(mail?.customId).toBe(`action:${actionId}`);
    expect(mail?.from).toContain(`office@${org.name}.test`);
    expect(mail?.html).toContain('Save the river');
    const rows = await fixture.deliveries('action_id = $1', [actionId]);
    expect(rows).toEqual([
      expect.objectContaining({ kind: 'thank_you', state: 'sent', attempts: 1, recipient: null, variables: null }),
    ]);
    const stored = await fixture.sql.query('select d::text as row from mail.deliveries d where action_id = $1', [
      actionId,
    ]);
    expect(JSON.stringify(stored.rows)).not.toContain(email);
  });

  it('mails again when a person asks for it again', async () => {
    const { actionId, email } = await fixture.signed(org);
    await fixture.inState(actionId, 'sent');
    await fixture.signed(org, { actionId, email, requeue: 1 });
    await fixture.signed(org, { actionId, email, requeue: 1 });
    await waitFor(() => mailgun.sentTo(email).length === 2);
    await fixture.accepted();
    expect(await fixture.deliveries('action_id = $1', [actionId])).toHaveLength(2);
  });

  it.each([
    ['the copy of the lead', { change: { orgId: 4_711 } }],
    ['an equal repeat', { noMail: true }],
    [
      'somebody who did not consent',
      { change: { privacy: { emailStatus: null, emailStatusChanged: null, withConsent: false } } },
    ],
  ])('%s brings no mail', async (_what, options) => {
    const { actionId } = await fixture.signed(org, options);
    await fixture.accepted();
    expect(await fixture.deliveries('action_id = $1', [actionId])).toEqual([]);
  });

  it('parks what it cannot read', async () => {
    await fixture.send(
      'system.email.thankyou',
      { schema: 'proca:action:2', stage: 'deliver' },
      { messageId: 'unreadable' },
    );
    await waitFor(async () => {
      const { rows } = await fixture.sql.query(`select 1 from mail.parked where message_id = 'unreadable'`);
      return rows.length === 1;
    });
  });

  it('asks to confirm with links of this supporter', async () => {
    const asking = await fixture.anOrg(
      { name: 'mailgun', host: mailgun.origin },
      { page: { supporter_confirm_template: 'supporter_confirm' } },
    );
    const { actionId, email, ref } = await fixture.signed(asking, { stage: 'supporter_confirm' });
    await fixture.inState(actionId, 'sent');
    const link = `https://campaigns.test/link/s/${actionId}/accept/${ref.toString('base64url')}`;
    expect(mailgun.sentTo(email)[0]?.html).toContain(link);
  });

  it('sends mails about accounts from the instance org, once', async () => {
    const url = 'https://campaigns.test/users/reset_password/abc';
    const mail = await fixture.request({ kind: 'user_reset', data: { url } });
    await fixture.request(mail);
    await waitFor(() => mailgun.sentTo(mail.to.email).length === 1);
    await fixture.accepted();
    expect(mailgun.sentTo(mail.to.email)[0]?.html).toContain(url);
    expect(mailgun.sentTo(mail.to.email)).toHaveLength(1);
    const rows = await waitFor(async () => {
      const found = await fixture.deliveries(`purpose = $1 and state = 'sent'`, [mail.purpose]);
      return found.length === 1 && found;
    });
    expect(rows[0]).toMatchObject({ recipient: null, variables: null });
  });

  it('does not send before its time, nor after it', async () => {
    const later = await fixture.request({
      kind: 'user_reset',
      notBefore: new Date(Date.now() + 3_600_000).toISOString(),
    });
    const over = await fixture.request({ kind: 'user_reset', notAfter: new Date(Date.now() - 1_000).toISOString() });
    await waitFor(async () => (await fixture.deliveries('purpose = $1', [over.purpose]))[0]?.state === 'failed');
    expect((await fixture.deliveries('purpose = $1', [over.purpose]))[0]).toMatchObject({
      error: 'too late',
      recipient: null,
    });
    const [waiting] = await fixture.deliveries('purpose = $1', [later.purpose]);
    expect(waiting).toMatchObject({ state: 'queued', attempts: 0 });
    expect(waiting?.waitS).toBeGreaterThan(3_000);
    expect([...mailgun.sentTo(later.to.email), ...mailgun.sentTo(over.to.email)]).toEqual([]);
  });

  it('tries again on the schedule, and sends in the end', async () => {
    mailgun.mood = 'fail';
    const { actionId, email } = await fixture.signed(org);
    const waits: number[] = [];
    for (const attempts of [1, 2, 3]) {
      const row = await waitFor(
        async () => (await fixture.deliveries('action_id = $1 and attempts = $2', [actionId, attempts]))[0],
      );
      expect(row).toMatchObject({ state: 'queued', error: expect.stringContaining('500') as string });
      waits.push(Math.round(row.waitS / 60));
      if (attempts === 3) mailgun.mood = 'accept';
      await fixture.sql.query('update mail.deliveries set next_attempt_at = now() where action_id = $1', [actionId]);
    }
    expect(waits).toEqual([1, 5, 15]);
    expect(await fixture.inState(actionId, 'sent')).toMatchObject({ attempts: 4 });
    expect(mailgun.sentTo(email)).toHaveLength(1);
  });

  it('fails a mail that its provider refuses, with the reason', async () => {
    mailgun.mood = 'refuse recipient';
    const { actionId } = await fixture.signed(org);
    const row = await fixture.inState(actionId, 'failed');
    expect(row).toMatchObject({ attempts: 1, recipient: null, error: expect.stringContaining('400') as string });
    const told = await waitFor(async () => {
      const { rows } = await fixture.sql.query('select type, severity from mail.events where delivery_id = $1', [
        row.id,
      ]);
      return rows.length > 0 && rows;
    });
    expect(told).toEqual([{ type: 'failed', severity: 'permanent' }]);
  });

  it('never resends what was perhaps sent', async () => {
    await startAnew({ ...settings, ...shortCalls });
    mailgun.mood = 'say nothing';
    const { actionId } = await fixture.signed(org);
    await fixture.inState(actionId, 'unknown');
    const { calls } = mailgun;
    mailgun.mood = 'accept';
    const other = await fixture.signed(org);
    await fixture.inState(other.actionId, 'sent');
    expect((await fixture.deliveries('action_id = $1', [actionId]))[0]).toMatchObject({
      state: 'unknown',
      attempts: 1,
    });
    expect(mailgun.calls).toBe(calls + 1);
    await startAnew(settings);
  });

  it('a mail that went stays sent although the database takes the result late', async () => {
    mailgun.holdAfter(0);
    const { calls } = mailgun;
    const { actionId, email } = await fixture.signed(org);
    await waitFor(() => mailgun.calls > calls);
    await fixture.sql.query('revoke update on mail.deliveries from gs_mail');
    mailgun.release();
    await waitFor(() => mailgun.sentTo(email).length === 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await fixture.deliveries('action_id = $1', [actionId]))[0]?.state).toBe('sending');
    await fixture.sql.query('grant update on mail.deliveries to gs_mail');
    await fixture.inState(actionId, 'sent');
    expect(mailgun.sentTo(email)).toHaveLength(1);
  });

  it('a result that came too late to be written in time corrects what was unknown', async () => {
    mailgun.holdAfter(0);
    const { calls } = mailgun;
    const { actionId } = await fixture.signed(org);
    await waitFor(() => mailgun.calls > calls);
    await fixture.sql.query(`update mail.deliveries set claimed_until = now() - interval '1 s' where action_id = $1`, [
      actionId,
    ]);
    await fixture.inState(actionId, 'unknown');
    mailgun.release();
    await fixture.inState(actionId, 'sent');
  });

  it('sends nothing to somebody who was erased after they signed', async () => {
    mailgun.mood = 'fail';
    const { actionId, email, ref } = await fixture.signed(org);
    await waitFor(async () => (await fixture.deliveries('action_id = $1 and attempts = 1', [actionId])).length === 1);
    await fixture.sql.query('insert into catalog.erasures (org_id, ref) values ($1, $2)', [org.id, ref]);
    mailgun.mood = 'accept';
    expect(await fixture.inState(actionId, 'failed')).toMatchObject({ error: 'erased', recipient: null });
    expect(mailgun.sentTo(email)).toEqual([]);
  });

  describe('what leads from events to a mail that was sent', () => {
    const traceOf = async (actionId: number) => {
      const columns = `ref, address_hash, sent_at is not null as "isSent"`;
      const { rows } = await fixture.sql.query<{ ref: Buffer | null; address_hash: Buffer | null }>(
        `select ${columns} from mail.deliveries where action_id = $1`,
        [actionId],
      );
      return rows[0];
    };
    const nothing = { ref: null, address_hash: null, isSent: true };

    it('stays, and goes when the person is erased, with when they were seen', async () => {
      const { actionId, email, ref } = await fixture.signed(org);
      await fixture.inState(actionId, 'sent');
      expect(await traceOf(actionId)).toEqual({ ref, address_hash: fixture.addressHash(email), isSent: true });
      const seen = 'insert into mail.contact_seen (org_id, ref, last_seen_at, mails) values ($1, $2, now(), 1)';
      await fixture.sql.query(seen, [org.id, ref]);
      await fixture.sql.query(
        `insert into catalog.erasures (org_id, ref, erased_at) values ($1, $2, now() + interval '1 s')`,
        [org.id, ref],
      );
      await waitFor(async () => (await traceOf(actionId))?.ref === null);
      expect(await traceOf(actionId)).toEqual(nothing);
      await waitFor(async () => {
        const { rows } = await fixture.sql.query('select 1 from mail.contact_seen where ref = $1', [ref]);
        return rows.length === 0;
      });
    });

    it('goes when no event of it can come any more', async () => {
      const [old, young] = [await fixture.signed(org), await fixture.signed(org)];
      for (const { actionId } of [old, young]) await fixture.inState(actionId, 'sent');
      const age = async (actionId: number, days: number) =>
        fixture.sql.query(
          `update mail.deliveries set created_at = now() - $2 * interval '1 day' where action_id = $1`,
          [actionId, days],
        );
      await age(young.actionId, 399);
      await age(old.actionId, 401);
      await waitFor(async () => (await traceOf(old.actionId))?.ref === null);
      expect(await traceOf(old.actionId)).toEqual(nothing);
      expect((await traceOf(young.actionId))?.ref).toEqual(young.ref);
    });
  });

  it.each<Mood>(['refuse login', 'fail', 'say nothing'])(
    'an account that does "%s" delays nobody else',
    async (mood) => {
      dead.mood = mood;
      const stuck = await fixture.anOrg({ name: 'mailgun', host: dead.origin });
      const before = dead.calls;
      const startedAt = performance.now();
      for (let n = 0; n < 30; n += 1) await fixture.signed(stuck);
      const actions = [];
      for (let n = 0; n < 30; n += 1) actions.push(await fixture.signed(org));
      for (const { actionId } of actions) await fixture.inState(actionId, 'sent');
      for (const { email } of actions) expect(mailgun.sentTo(email)).toHaveLength(1);
      // It came to rest, long before each of its mails was tried; after each rest of a second two are.
      const tried = (2 * (performance.now() - startedAt)) / 1_000;
      expect(dead.calls - before).toBeLessThan(15 + tried);
      const waiting = await fixture.deliveries(`org_id = $1 and state = 'queued'`, [stuck.id]);
      expect(waiting.length).toBeGreaterThan(0);
      if (mood !== 'refuse login') return;
      for (const row of await fixture.deliveries('org_id = $1', [stuck.id])) expect(row.attempts).toBe(0);
      dead.mood = 'accept';
      await waitFor(async () => (await fixture.deliveries(`org_id = $1 and state = 'sent'`, [stuck.id])).length === 30);
    },
  );

  it('makes at most CALLS_PER_ACCOUNT calls to one account at a time', async () => {
    mailgun.slowMs = 20;
    mailgun.mostAtOnce = 0;
    mailgun.holdAfter(0);
    const actions = [];
    for (let n = 0; n < 20; n += 1) actions.push(await fixture.signed(org));
    await waitFor(() => mailgun.atOnce === 2);
    mailgun.release();
    for (const { actionId } of actions) await fixture.inState(actionId, 'sent');
    expect(mailgun.mostAtOnce).toBe(2);
  });

  it('puts mails of an org without a backend on the schedule, and those of an org that is gone away', async () => {
    const poor = await fixture.anOrg({ name: 'mailgun', host: mailgun.origin });
    mailgun.mood = 'fail';
    const [first, second] = [await fixture.signed(poor), await fixture.signed(poor)];
    for (const { actionId } of [first, second]) {
      await waitFor(async () => (await fixture.deliveries('action_id = $1 and attempts = 1', [actionId])).length === 1);
    }
    await fixture.sql.query('update catalog.orgs set email_backend_id = null where id = $1', [poor.id]);
    await fixture.seen(({ orgs }) => orgs.get(poor.id)?.emailBackendId === null);
    await fixture.sql.query('update mail.deliveries set next_attempt_at = now() where action_id = $1', [
      first.actionId,
    ]);
    const [row] = await waitFor(async () => {
      const rows = await fixture.deliveries('action_id = $1 and attempts = 2', [first.actionId]);
      return rows.length === 1 && rows;
    });
    expect(row).toMatchObject({ state: 'queued', error: 'the org has no email backend' });
    await fixture.sql.query('update catalog.orgs set deleted_at = now() where id = $1', [poor.id]);
    await fixture.seen(({ orgs }) => orgs.get(poor.id)?.deletedAt !== null);
    await fixture.sql.query('update mail.deliveries set next_attempt_at = now() where action_id = $1', [
      second.actionId,
    ]);
    expect(await fixture.inState(second.actionId, 'failed')).toMatchObject({ error: 'the org is gone' });
  });
});
