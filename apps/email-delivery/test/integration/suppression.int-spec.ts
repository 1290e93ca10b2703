import { waitFor } from '@groundswell/testing';
import { FakeMailgun } from './fake-mailgun';
import { MailFixture, shortCalls, type TestOrg } from './mail-fixture';
import { targetContent } from './target-fixture';

describe('addresses an account sends nothing to', () => {
  let fixture: MailFixture;
  let mailgun: FakeMailgun;
  let org: TestOrg;
  let serviceId: number;

  beforeAll(async () => {
    [fixture, mailgun] = await Promise.all([MailFixture.create(), FakeMailgun.start()]);
    org = await fixture.anOrg(null);
    serviceId = await fixture.setBackend(org, 'email_backend_id', { name: 'mailgun', host: mailgun.origin });
    await fixture.start(shortCalls);
  });
  afterAll(async () => {
    await fixture.close();
    await mailgun.stop();
  });

  const suppress = (email: string, reason: string, service = serviceId) =>
    fixture.sql.query(
      'insert into mail.suppressions (service_id, address_hash, reason, created_at) values ($1, $2, $3, now())',
      [service, fixture.addressHash(email), reason],
    );

  it.each(['bounce', 'spam'])('%s: however the address is written', async (reason) => {
    await suppress(`gone.${reason}@example.org`, reason);
    const { actionId, email } = await fixture.signed(org, { email: `Gone.${reason}@Example.org` });
    expect(await fixture.inState(actionId, 'failed')).toMatchObject({ error: 'suppressed', recipient: null });
    expect(mailgun.sentTo(email)).toEqual([]);
  });

  it.each([
    ['who unsubscribed still gets thanks', 'unsub', 0],
    ['another account sends to them', 'bounce', 1],
  ])('%s', async (_case, reason, other) => {
    const email = `${reason}${other}@example.org`;
    await suppress(email, reason, serviceId + other);
    const { actionId } = await fixture.signed(org, { email });
    await fixture.inState(actionId, 'sent');
    expect(mailgun.sentTo(email)).toHaveLength(1);
  });

  it('who unsubscribed gets no mail to targets', async () => {
    await suppress('target@example.org', 'unsub');
    await fixture.sql.query(
      `insert into mail.deliveries (purpose, kind, custom_id, org_id, template, recipient, variables, address_hash)
       values ('mtt:test', 'mtt', 'mtt:1', $1, 'thank_you', '{"email":"target@example.org","name":null}', $3, $2)`,
      [org.id, fixture.addressHash('target@example.org'), targetContent()],
    );
    await waitFor(async () => {
      const [row] = await fixture.deliveries(`purpose = 'mtt:test'`);
      return row?.state === 'failed' && row.error === 'suppressed';
    });
  });

  it('nothing is sent while the list cannot be read', async () => {
    await fixture.sql.query('revoke select on mail.suppressions from gs_mail');
    const { calls } = mailgun;
    const { actionId } = await fixture.signed(org);
    await waitFor(async () => {
      const { rows } = await fixture.sql.query(
        `select 1 from mail.deliveries where action_id = $1 and state = 'queued' and claimed_by is not null`,
        [actionId],
      );
      return rows.length === 1;
    });
    expect(mailgun.calls).toBe(calls);
    await fixture.sql.query('grant select on mail.suppressions to gs_mail');
    await fixture.inState(actionId, 'sent');
    expect(mailgun.calls).toBe(calls + 1);
  });
});
