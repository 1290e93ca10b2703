import { randomBytes } from 'node:crypto';
import { mailoutRefusals } from '@groundswell/contracts';
import { emailStatusCode } from '@groundswell/domain';
import { Database } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { ErasedRecipients } from '../../src/mailouts/erased-recipients';
import { MailoutWorld, type World } from './mailout-world';

const unsubscribed = emailStatusCode('unsub');

describe('mailouts (background-jobs.md §4.7)', () => {
  let world: MailoutWorld;

  beforeAll(async () => {
    world = await MailoutWorld.start();
  });
  afterAll(() => world.fixture.close());

  const built = async (at: World, segment: object = {}): Promise<string> => {
    const name = await world.aMailout(at, segment);
    await world.change(at, name, 'start');
    await world.inState(name, 'sending');
    return name;
  };
  const refs = (people: readonly { contactRef: string }[]): string[] =>
    people.map(({ contactRef }) => contactRef).sort();

  it('goes to each supporter who may have it, and says of the others why not', async () => {
    const at = await world.aWorld();
    const other = await world.aWorld();
    const plain = await world.many(at, 23);
    const unsub = await world.signed(at);
    await world.statusOf(unsub, unsubscribed);
    const bounced = await world.signed(at);
    await world.statusOf(bounced, emailStatusCode('bounce'));
    const erased = await world.signed(at);
    await world.query('insert into catalog.erasures (org_id, ref, erased_at) values ($1, $2, now())', [
      at.orgId,
      erased.ref,
    ]);
    // Signed twice: what they said last counts, and the newest address.
    const changed = await world.signed(at, { email: 'old@example.org' });
    await world.signed(at, { ref: changed.ref, email: 'new@example.org' });
    const withdrew = await world.signed(at);
    await world.signed(at, { ref: withdrew.ref, consent: null });
    // Unsubscribed from the same org in another campaign.
    const elsewhere = await world.signed(at);
    const again = { ...at, campaignId: other.campaignId };
    await world.statusOf(await world.signed(again, { ref: elsewhere.ref }), unsubscribed);
    const sealed = await world.signed(at, { payload: { sealed: true } });
    const kept = await world.signed(at, { payload: { sealed: true }, supporter: { email: 'kept@example.org' } });
    const nobody = [
      erased,
      await world.signed(at, { action: { testing: true } }),
      await world.signed(at, { supporter: { processing_status: 1 } }),
      await world.signed(other),
    ];
    const name = await built(at);
    const mailed = await world.recipients(`mailout:${await world.id(name)}`);
    expect(refs(mailed)).toEqual(refs([...plain, changed, kept]));
    expect(mailed.find(({ contactRef }) => contactRef === changed.contactRef)?.email).toBe('new@example.org');
    const fates = await world.fates(name);
    for (const [person, fate] of [
      [unsub, 'unsubscribed'],
      [bounced, 'bounced'],
      [withdrew, 'no consent'],
      [elsewhere, 'unsubscribed'],
      [sealed, 'no address'],
    ] as const) {
      expect(fates.get(person.contactRef)).toBe(fate);
    }
    expect([...fates.values()].filter((fate) => fate === 'handed_over')).toHaveLength(25);
    for (const { contactRef } of nobody) expect(fates.has(contactRef)).toBe(false);
    expect(await world.row(name)).toMatchObject({ candidates: 30, handed_over: 25, left_out: 5, awaiting: 0 });
    const purpose = `mailout:${await world.id(name)}`;
    const told = (await world.tell()).filter((message) => message.purpose === purpose);
    expect(told.find(({ schema }) => schema === 'groundswell:mailing-prepared:1')).toMatchObject({ recipients: 25 });
    expect(told.find(({ schema }) => schema === 'groundswell:mailing-content:1')).toMatchObject({
      content: { template: 'news' },
    });
  });

  it('goes to those of its segment alone', async () => {
    const at = await world.aWorld();
    const sharer = await world.signed(at, { supporter: { area: 'PL' } });
    await world.query(
      `insert into actions.actions (campaign_id, action_page_id, supporter_id, action_type, with_consent)
       values ($1, $2, $3, 'share', false)`,
      [at.campaignId, at.pageId, sharer.supporterId],
    );
    await world.signed(at, { supporter: { area: 'DE' } });
    const name = await built(at, { actionType: 'share', area: 'PL', language: 'en' });
    expect(refs(await world.recipients(`mailout:${await world.id(name)}`))).toEqual([sharer.contactRef]);
    const nobody = await built(at, { language: 'fr' });
    expect(await world.row(nobody)).toMatchObject({ candidates: 0, parts: 0 });
  });

  it('goes on after a pause where it stood, and ends with its mailing', async () => {
    const at = await world.aWorld();
    const people = await world.many(at, 45);
    const name = await world.aMailout(at);
    await world.change(at, name, 'start');
    await world.change(at, name, 'pause');
    await world.afterJob('settle-mailouts');
    await world.inState(name, 'paused');
    // Who comes meanwhile is no part of it.
    await world.signed(at);
    expect(await world.change(at, name, 'pause')).toEqual({ outcome: 'unchanged' });
    await world.change(at, name, 'start');
    await world.inState(name, 'sending');
    const purpose = `mailout:${await world.id(name)}`;
    expect(refs(await world.recipients(purpose))).toEqual(refs(people));
    await world.query(`insert into mail.mailings (purpose, org_id, state) values ($1, $2, 'submitted')`, [
      purpose,
      at.orgId,
    ]);
    await world.inState(name, 'complete');
    await expect(world.change(at, name, 'start')).rejects.toMatchObject({ code: mailoutRefusals.state });
  });

  it('once stopped hands nobody over any more', async () => {
    const at = await world.aWorld();
    await world.many(at, 45);
    const name = await world.aMailout(at);
    await world.change(at, name, 'start');
    await world.change(at, name, 'stop');
    await world.afterJob('settle-mailouts');
    const [job] = await world.query<{ state: string }>(
      `select state from notify.jobs where type = 'build-mailout' and payload->>'mailoutId' = $1`,
      [String(await world.id(name))],
    );
    expect(job?.state).toBe('complete');
    const purpose = `mailout:${await world.id(name)}`;
    const told = (await world.tell()).filter((message) => message.purpose === purpose);
    expect(told.filter(({ schema }) => schema === 'groundswell:mailing-prepared:1')).toEqual([]);
    expect(await world.row(name)).toMatchObject({ state: 'stopped' });
    await expect(world.change(at, name, 'start')).rejects.toMatchObject({ code: mailoutRefusals.state });
  });

  it('is tested by who tested, and needs an account and a name of its own', async () => {
    const at = await world.aWorld();
    await world.many(at, 3);
    const tester = await world.signed(at, { action: { testing: true } });
    const name = await world.aMailout(at);
    expect(await world.test(at, name)).toEqual({ recipients: 1 });
    const [only, ...more] = await world.recipients(`mailout:${await world.id(name)}:test`);
    expect([only?.contactRef, more]).toEqual([tester.contactRef, []]);
    expect(only?.variables).toMatchObject({ firstName: 'Harald', test: true });
    await world.query('update catalog.orgs set email_backend_id = null where id = $1', [at.orgId]);
    await expect(world.change(at, name, 'start')).rejects.toMatchObject({ code: mailoutRefusals.noAccount });
  });

  it('ends when its mailing failed and may not be sent any more', async () => {
    const at = await world.aWorld();
    await world.signed(at);
    const name = await built(at);
    const late = [`mailout:${await world.id(name)}`, at.orgId];
    await world.query(
      `insert into mail.mailings (purpose, org_id, state, not_after) values ($1, $2, 'failed', now() + interval '1 hour')`,
      late,
    );
    await world.afterJob('settle-mailouts');
    expect(await world.row(name)).toMatchObject({ state: 'sending' });
    await world.query(`update mail.mailings set not_after = now() where purpose = $1`, late.slice(0, 1));
    await world.inState(name, 'stopped');
  });

  it('forgets who was erased', async () => {
    const at = await world.aWorld();
    const [one, erased] = [await world.signed(at), await world.signed(at)];
    const name = await built(at);
    await world.query('insert into catalog.erasures (org_id, ref, erased_at) values ($1, $2, now())', [
      at.orgId,
      erased.ref,
    ]);
    await waitFor(async () => (await world.fates(name)).size === 1);
    expect([...(await world.fates(name)).keys()]).toEqual([one.contactRef]);
    expect(await world.row(name)).toMatchObject({ handed_over: 2 });
  });

  it('takes who is erased out of what waits for the broker', async () => {
    const at = await world.aWorld();
    const [stays, erased] = [randomBytes(32), randomBytes(31)];
    await world.query('insert into catalog.erasures (org_id, ref, erased_at) values ($1, $2, now())', [
      at.orgId,
      erased,
    ]);
    const recipients = [erased, stays, erased].map((ref) => ({
      contactRef: ref.toString('base64url'),
      acceptedAt: '2026-01-01T00:00:00.000Z',
    }));
    const body = await world.app.get(Database).transaction(async (manager) => {
      const row = [`test:${at.orgId}`, JSON.stringify({ orgId: at.orgId, recipients })];
      await manager.query(
        `insert into notify.outbox (message_id, exchange, routing_key, body, created_at)
         values ($1, 'deliver', 'system.mailing.recipients', $2, now() - interval '1 hour')`,
        row,
      );
      await new ErasedRecipients(manager).forget();
      const [left]: { body: string }[] = await manager
        .query('delete from notify.outbox where message_id = $1 returning body', row.slice(0, 1))
        .then((result: [{ body: string }[], number]) => result[0]);
      return JSON.parse(left?.body ?? '{}') as { recipients?: object[] };
    });
    expect(body.recipients).toEqual([recipients[1]]);
  });

  it('is stopped when it was paused for 30 days', async () => {
    const at = await world.aWorld();
    await world.signed(at);
    const name = await built(at);
    await world.change(at, name, 'pause');
    await world.query(`update notify.mailouts set changed_at = now() - interval '31 days' where name = $1`, [name]);
    await world.inState(name, 'stopped');
  });

  it('reminds volunteers of open items, so often and no more', async () => {
    const reminder = { enabled: true, delay_days: 2, max_count: 2 };
    const at = await world.aWorld({ followUps: { reminder } });
    const { userId, email } = await world.fixture.aStaffer(at.orgId, 'coordinator');
    const { actionId } = await world.signed(at);
    const item = async (columns: string, values: string) => {
      const [row] = await world.query<{ id: string }>(
        `insert into actions.followup_items (org_id, kind, action_id, ${columns}) values ($1, 1, $2, ${values}) returning id`,
        [at.orgId, actionId],
      );
      return Number(row?.id);
    };
    const due = await item(
      'assignee, assigned_at, due_at',
      `${userId}, now() - interval '9 days', now() - interval '3 days'`,
    );
    await item('assignee, assigned_at', `${userId}, now() - interval '1 day'`);
    await item('assigned_at', `now() - interval '9 days'`);
    const [first] = await world.fixture.mails(1);
    expect(first?.body).toMatchObject({
      kind: 'followup_reminder',
      to: { email },
      data: { subjectId: due, objectId: 1 },
    });
    const later = async () => {
      await world.query(`update notify.follow_up_reminders set asked_at = asked_at - interval '2 days'`);
      await world.query(`update actions.followup_items set due_at = due_at - interval '2 days' where id = $1`, [due]);
    };
    await later();
    expect((await world.fixture.mails(1))[0]?.body.data['objectId']).toBe(2);
    await later();
    await world.afterJob('remind-volunteer');
    expect(await world.fixture.count(`notify.follow_up_reminders where item_id = ${due}`)).toBe(2);
  });
});
