import { waitFor } from '@groundswell/testing';
import { MailjetServer } from '../providers/provider-servers';
import { FakeMailgun } from './fake-mailgun';
import { MailFixture, shortCalls, type TestOrg } from './mail-fixture';
import { targetContent } from './target-fixture';

describe('the transactional backend', () => {
  let fixture: MailFixture;
  let ordinary: FakeMailgun;
  let transactional: FakeMailgun;
  const mailjet = new MailjetServer({ user: 'public', password: 'private' });

  beforeAll(async () => {
    [fixture, ordinary, transactional] = await Promise.all([
      MailFixture.create(),
      FakeMailgun.start(),
      FakeMailgun.start(),
    ]);
    const { url } = await mailjet.start();
    // Two, as replicas are: neither may spend what the other does.
    await fixture.start({ PROVIDER_URLS: `mailjet=${url}`, ...shortCalls });
    await fixture.start({ PROVIDER_URLS: `mailjet=${url}`, ...shortCalls });
  });
  afterEach(() => {
    for (const fake of [ordinary, transactional]) {
      fake.mood = 'accept';
      fake.slowMs = 0;
      fake.accepted.length = 0;
    }
  });
  afterAll(async () => {
    await fixture.close();
    await Promise.all([ordinary.stop(), transactional.stop(), mailjet.stop()]);
  });

  async function anOrg(budget: number | null): Promise<TestOrg & { serviceId: number }> {
    const org = await fixture.anOrg({ name: 'mailgun', host: ordinary.origin });
    const backend = { name: 'mailgun', host: transactional.origin, transactional_email_budget: budget };
    const serviceId = await fixture.setBackend(org, 'transactional_email_backend_id', backend);
    await fixture.seen(({ orgs }) => orgs.get(org.id)?.transactionalEmailBackendId === serviceId);
    return { ...org, serviceId };
  }
  async function sign(org: TestOrg, count: number): Promise<void> {
    const actions = [];
    for (let n = 0; n < count; n += 1) actions.push(await fixture.signed(org));
    for (const { actionId } of actions) await fixture.inState(actionId, 'sent');
  }
  const used = async ({ id }: TestOrg): Promise<number> => {
    const { rows } = await fixture.sql.query<{ used: string }>(
      'select used from mail.transactional_use where org_id = $1',
      [id],
    );
    return Number(rows[0]?.used ?? 0);
  };
  const counts = () => [transactional.accepted.length, ordinary.accepted.length];

  it('sends all mails of supporters where there is no budget', async () => {
    await sign(await anOrg(null), 4);
    expect(counts()).toEqual([4, 0]);
  });

  it('sends as many as the budget has, the email backend the others; and again after a reset', async () => {
    transactional.slowMs = 20;
    const org = await anOrg(5);
    await sign(org, 30);
    expect(counts()).toEqual([5, 25]);
    expect(await used(org)).toBe(5);
    await fixture.sql.query('insert into catalog.transactional_budget_resets (org_id, reset_at) values ($1, now())', [
      org.id,
    ]);
    await sign(org, 6);
    expect(counts()).toEqual([10, 26]);
    expect(await used(org)).toBe(5);
  });

  it('counts what was accepted, not what was refused', async () => {
    const org = await anOrg(2);
    transactional.mood = 'refuse recipient';
    const { actionId } = await fixture.signed(org);
    await fixture.inState(actionId, 'failed');
    expect(await used(org)).toBe(0);
    transactional.mood = 'accept';
    await sign(org, 3);
    expect(counts()).toEqual([2, 1]);
  });

  it('what nobody knows about takes its place in the budget until somebody does', async () => {
    const org = await anOrg(1);
    transactional.mood = 'say nothing';
    const { actionId } = await fixture.signed(org);
    await fixture.inState(actionId, 'unknown');
    transactional.mood = 'accept';
    await sign(org, 1);
    expect(counts()).toEqual([0, 1]);
    await fixture.sql.query(
      `update mail.deliveries set state = 'queued', next_attempt_at = 'infinity' where action_id = $1`,
      [actionId],
    );
    await sign(org, 1);
    expect(counts()).toEqual([1, 1]);
  });

  it('what an event tells to be sent after all takes its place as well', async () => {
    const org = await anOrg(1);
    transactional.mood = 'say nothing';
    const { actionId } = await fixture.signed(org);
    const { id } = await fixture.inState(actionId, 'unknown');
    transactional.mood = 'accept';
    await fixture.sql.query(
      `update mail.deliveries set state = 'sent', sent_at = now(), recipient = null, variables = null, custom_id = null
        where id = $1`,
      [id],
    );
    await sign(org, 2);
    expect(counts()).toEqual([0, 2]);
  });

  it('while it rests the email backend sends, and nobody waits', async () => {
    const org = await anOrg(null);
    transactional.mood = 'refuse login';
    await sign(org, 5);
    expect(counts()).toEqual([0, 5]);
  });

  it('never sends mails to targets', async () => {
    const org = await anOrg(null);
    await fixture.sql.query(
      `insert into mail.deliveries (purpose, kind, custom_id, org_id, template, recipient, variables)
       values ('mtt:test', 'mtt', 'mtt:1', $1, 'thank_you', '{"email":"target@example.org","name":null}', $2)`,
      [org.id, targetContent()],
    );
    await waitFor(() => ordinary.sentTo('target@example.org').length === 1);
    expect(counts()).toEqual([0, 1]);
  });

  it('leaves a mail whose template only the email backend has to that one', async () => {
    const org = await fixture.anOrg({ name: 'mailjet', user: 'public', password: 'private' });
    const backend = { name: 'mailgun', host: transactional.origin, transactional_email_budget: 10 };
    const serviceId = await fixture.setBackend(org, 'transactional_email_backend_id', backend);
    await fixture.sql.query(
      `insert into catalog.email_templates (org_id, name, locale, external_id) values ($1, 'thank_you', 'en', '42')`,
      [org.id],
    );
    await fixture.seen(({ orgs }) => orgs.get(org.id)?.transactionalEmailBackendId === serviceId);
    const { actionId } = await fixture.signed(org);
    const row = await fixture.inState(actionId, 'sent');
    expect(row.attempts).toBe(1);
    expect(mailjet.taken).toEqual([expect.objectContaining({ CustomID: `action:${actionId}`, TemplateID: 42 })]);
    expect(counts()).toEqual([0, 0]);
    expect(await used(org)).toBe(0);
  });
});
