import { exchanges, orgTopology, type ContactSubmissionV1, type OrgRouting } from '@groundswell/contracts';
import { Database, TopologyGate } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { ActionRequeuer } from '../../src/requeueing/action-requeuer';
import { LossRequeuer } from '../../src/requeueing/loss-requeuer';
import {
  aContact,
  aDecision,
  aModeration,
  IngestFixture,
  type OrgSettings,
  type CampaignSettings,
  type Place,
  type Received,
} from './ingest-fixture';

interface LossState {
  requeued: number;
  skipped: Record<string, number>;
  done: boolean;
}

describe('requeueing what a damaged queue lost', () => {
  let fixture: IngestFixture;
  let requeuer: LossRequeuer;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    await fixture.vhost.declareExchange(exchanges.retry);
    // The task runs when the test says so, not by the clock.
    const app = await fixture.start({ REQUEUE_EVERY_MS: '3600000' });
    requeuer = app.get(LossRequeuer);
  });
  afterAll(() => fixture.close());

  const routings = new Map<number, OrgRouting>();
  /** An org whose queues are bound to system.retry too, as topology-service does. */
  const place = async (org: OrgSettings = {}, campaign: CampaignSettings = {}, lead?: Place): Promise<Place> => {
    const made = await fixture.place(org, campaign, lead);
    routings.set(made.orgId, {
      id: made.orgId,
      name: made.org,
      customSupporterConfirm: org.customSupporterConfirm ?? false,
      moderates: (org.customActionConfirm ?? false) || campaign.actionConfirm === true,
      customActionDeliver: org.customActionDeliver ?? true,
      customEventDeliver: org.customEventDeliver ?? false,
      pushBackend: null,
      eventBackend: null,
      alias: false,
    });
    await bindRetry(made);
    return made;
  };
  const bindRetry = async ({ orgId }: Place): Promise<void> => {
    const routing = routings.get(orgId);
    for (const queue of routing ? orgTopology(routing).queues : []) {
      await fixture.vhost.channel.bindQueue(queue, exchanges.retry, queue);
    }
  };
  /** What topology-service does about a queue that is gone. */
  const rebuild = async (where: Place): Promise<void> => {
    const routing = routings.get(where.orgId);
    if (routing) await fixture.declareOrg(routing);
    await bindRetry(where);
  };
  const lose = async (where: Place, queue: string): Promise<void> => {
    await fixture.vhost.channel.deleteQueue(queue);
    await rebuild(where);
  };
  const now = async (): Promise<string> => {
    const { rows } = await fixture.sql.query<{ now: string }>(`select clock_timestamp()::text as now`);
    return rows[0]?.now ?? '';
  };
  const noteLoss = async (where: Place, queue: string, lostFrom: string): Promise<number> => {
    const { rows } = await fixture.sql.query<{ id: string }>(
      `insert into topology.losses (scope, org_id, queue, cause, lost_from, found_at, rebuilt_at)
       values ($1, $2, $3, 'queue', $4, now(), now()) returning id`,
      [`org:${where.orgId}`, where.orgId, queue, lostFrom],
    );
    return Number(rows[0]?.id);
  };
  const stateOf = async (lossId: number): Promise<LossState | undefined> => {
    const { rows } = await fixture.sql.query<LossState>(
      `select requeued, skipped, done_at is not null as done from actions.requeued_losses where loss_id = $1`,
      [lossId],
    );
    return rows[0];
  };
  const finish = (lossId: number): Promise<LossState> =>
    waitFor(async () => {
      await requeuer.run();
      const state = await stateOf(lossId);
      return state?.done === true && state;
    });
  /** Everything of the org was published and noted as such. */
  const settled = (where: Place): Promise<unknown> =>
    waitFor(async () => {
      const { rows } = await fixture.sql.query('select 1 from actions.outbox where lane = $1 limit 1', [where.orgId]);
      return rows.length === 0;
    });
  const sign = async (where: Place, count: number): Promise<ContactSubmissionV1[]> => {
    const contacts = Array.from({ length: count }, () => aContact(where));
    await fixture.act(...contacts);
    await settled(where);
    return contacts;
  };
  const readyIn = async (queue: string): Promise<number | undefined> => (await fixture.vhost.look(queue))?.ready;
  const byId = (messages: Received[]): Map<string, Received['body']> =>
    new Map(messages.map(({ messageId, body }) => [messageId, body]));
  const crm = (where: Place): string => fixture.queues.crm(where.org);
  const lookedAt = async (where: Place, ...queues: string[]): Promise<(number | undefined)[]> => {
    await settled(where);
    return Promise.all(queues.map(readyIn));
  };

  it('sends every message again to the lost queue, with the id and body it had, and to no other queue', async () => {
    const where = await place(
      { customSupporterConfirm: true, customActionConfirm: true },
      { supporterConfirm: false, actionConfirm: false },
    );
    const lostFrom = await now();
    await sign(where, 5);
    const first = await fixture.received(crm(where), 5);
    await lose(where, crm(where));
    const lossId = await noteLoss(where, crm(where), lostFrom);
    expect(await finish(lossId)).toEqual({ requeued: 5, skipped: {}, done: true });
    const again = await fixture.received(crm(where), 5);
    expect(byId(again)).toEqual(byId(first));
    expect(new Map(again.map(({ messageId, headers }) => [messageId, headers['routing_key']]))).toEqual(
      new Map(first.map(({ messageId, headers }) => [messageId, headers['routing_key']])),
    );
    const { confirm, moderate } = fixture.queues;
    expect(await lookedAt(where, crm(where), confirm(where.org), moderate(where.org))).toEqual([0, 0, 0]);
  });

  it('does not send again what was sent before the queue was lost, nor anything after the loss is done', async () => {
    const where = await place();
    await sign(where, 2);
    const lostFrom = await now();
    await sign(where, 1);
    await lose(where, crm(where));
    const lossId = await noteLoss(where, crm(where), lostFrom);
    expect(await finish(lossId)).toMatchObject({ requeued: 1 });
    await fixture.received(crm(where), 1);
    await requeuer.run();
    expect(await lookedAt(where, crm(where))).toEqual([0]);
  });

  it('leaves out clear copies that went at delivery', async () => {
    const where = await place({ actionSchemaVersion: 1 });
    const lostFrom = await now();
    await sign(where, 1);
    const [first] = await fixture.received(crm(where), 1);
    await lose(where, crm(where));
    await finish(await noteLoss(where, crm(where), lostFrom));
    const [again] = await fixture.received(crm(where), 1);
    expect(first?.body['contact'].email).toBe('harald@example.org');
    expect(again?.body).toEqual({ ...first?.body, contact: { ...first?.body['contact'], email: null } });
  });

  it('does not send what was rejected or erased meanwhile', async () => {
    const where = await place();
    const lostFrom = await now();
    const [rejected, erased] = await sign(where, 3);
    if (!rejected || !erased) throw new Error('not signed');
    const { id } = await fixture.actionOf(rejected);
    await fixture.act(aDecision(id, rejected.ref, 'reject'));
    await fixture.sql.query(
      `insert into catalog.erasures (org_id, ref, erased_at) values ($1, $2, now() + interval '1 minute')`,
      [where.orgId, Buffer.from(erased.ref, 'base64url')],
    );
    await lose(where, crm(where));
    const lossId = await noteLoss(where, crm(where), lostFrom);
    expect(await finish(lossId)).toEqual({ requeued: 1, skipped: { no_stage: 1, erased: 1 }, done: true });
    const again = await fixture.received(crm(where), 1);
    expect(again.map(({ body }) => body['contact'].contactRef)).not.toEqual([rejected.ref]);
    expect(await lookedAt(where, crm(where))).toEqual([0]);
  });

  it('sends confirmations again only to those who have not answered', async () => {
    const where = await place({ customSupporterConfirm: true }, { supporterConfirm: true });
    const queue = fixture.queues.confirm(where.org);
    const lostFrom = await now();
    const [accepting] = await sign(where, 2);
    if (!accepting) throw new Error('not signed');
    const first = await fixture.received(queue, 2);
    const { id } = await fixture.actionOf(accepting);
    await fixture.act(aDecision(id, accepting.ref, 'accept'));
    await settled(where);
    await lose(where, queue);
    const lossId = await noteLoss(where, queue, lostFrom);
    expect(await finish(lossId)).toEqual({ requeued: 1, skipped: { other_stage: 1 }, done: true });
    const again = await fixture.received(queue, 1);
    const waiting = first.filter(({ body }) => body['actionId'] !== id);
    expect(byId(again)).toEqual(byId(waiting));
    expect(await readyIn(crm(where))).toBe(1);
  });

  it('gives moderators the code they had', async () => {
    const where = await place({ customActionConfirm: true }, { actionConfirm: true });
    const queue = fixture.queues.moderate(where.org);
    const lostFrom = await now();
    const [contact] = await sign(where, 1);
    if (!contact) throw new Error('not signed');
    const first = await fixture.received(queue, 1);
    await lose(where, queue);
    await finish(await noteLoss(where, queue, lostFrom));
    const again = await fixture.received(queue, 1);
    expect(again[0]?.body['confirm'].code).toMatch(/^[0-9]{12}$/);
    expect(byId(again)).toEqual(byId(first));
    const { id } = await fixture.actionOf(contact);
    await fixture.act(aModeration(id, contact.ref, 'accept'));
    expect(await fixture.actionOf(contact)).toMatchObject({ status: 4 });
  });

  it("rebuilds the lead's copy with the lead's own record, and only that", async () => {
    const lead = await place();
    const partner = await place({}, {}, lead);
    const lostFrom = await now();
    const own = aContact(partner);
    const [record] = own.contacts;
    if (!record) throw new Error('no record');
    const ofLead = { ...record, orgId: lead.orgId, payload: JSON.stringify({ firstName: 'Leader', area: 'DE' }) };
    await fixture.act({ ...own, contacts: [record, ofLead] });
    await settled(partner);
    await settled(lead);
    const first = await fixture.received(crm(lead), 1);
    await lose(lead, crm(lead));
    expect(await finish(await noteLoss(lead, crm(lead), lostFrom))).toMatchObject({ requeued: 1, skipped: {} });
    const again = await fixture.received(crm(lead), 1);
    expect(again[0]?.body['contact']).toMatchObject({ firstName: 'Leader', area: 'DE' });
    expect(again[0]?.body['contact'].email).toBeNull();
    expect(again[0]?.messageId).toBe(first[0]?.messageId);
    expect(await lookedAt(partner, crm(partner))).toEqual([1]);
  });

  it('holds messages back until the queues of the org are whole', async () => {
    const where = await place();
    const lostFrom = await now();
    await sign(where, 2);
    await fixture.sql.query(`update topology.queue_sets set state = 'damaged' where scope = $1`, [
      `org:${where.orgId}`,
    ]);
    await fixture.apps[0]?.get(TopologyGate).refresh();
    await fixture.vhost.channel.deleteQueue(crm(where));
    const elsewhere = await place();
    const lossId = await noteLoss(where, crm(where), lostFrom);
    expect(await finish(lossId)).toMatchObject({ requeued: 2 });
    // The relay has gone by: another org's messages went out.
    await sign(elsewhere, 1);
    await requeuer.run();
    const { rows } = await fixture.sql.query(
      'select exchange, routing_key, attempts from actions.outbox where lane = $1',
      [where.orgId],
    );
    const waiting = { exchange: exchanges.retry, routing_key: crm(where), attempts: 0 };
    expect(rows).toEqual([waiting, waiting]);
    await rebuild(where);
    expect(await fixture.received(crm(where), 2)).toHaveLength(2);
  });

  it('sends the same messages to two queues that were lost at once', async () => {
    const where = await place();
    const { rows } = await fixture.sql.query<{ id: string }>(
      `insert into catalog.services (org_id, name, host) values ($1, 'webhook', 'https://hooks.test') returning id`,
      [where.orgId],
    );
    await fixture.sql.query('update catalog.orgs set push_backend_id = $2 where id = $1', [where.orgId, rows[0]?.id]);
    const routing = routings.get(where.orgId);
    if (!routing) throw new Error('no routing');
    routings.set(where.orgId, { ...routing, pushBackend: 'webhook' });
    await rebuild(where);
    const webhook = `${where.org}.webhook`;
    const lostFrom = await now();
    await sign(where, 4);
    const first = byId(await fixture.received(crm(where), 4));
    expect(byId(await fixture.received(webhook, 4))).toEqual(first);
    await lose(where, crm(where));
    await lose(where, webhook);
    const losses = [await noteLoss(where, crm(where), lostFrom), await noteLoss(where, webhook, lostFrom)];
    for (const lossId of losses) expect(await finish(lossId)).toEqual({ requeued: 4, skipped: {}, done: true });
    expect(byId(await fixture.received(crm(where), 4))).toEqual(first);
    expect(byId(await fixture.received(webhook, 4))).toEqual(first);
    expect(await lookedAt(where, crm(where), webhook)).toEqual([0, 0]);
  });

  it('finds what was already sent again for another queue when the second loss is noticed later', async () => {
    const where = await place();
    const lostFrom = await now();
    await sign(where, 3);
    await lose(where, crm(where));
    await finish(await noteLoss(where, crm(where), lostFrom));
    expect(await fixture.received(crm(where), 3)).toHaveLength(3);
    await lose(where, crm(where));
    expect(await finish(await noteLoss(where, crm(where), lostFrom))).toMatchObject({ requeued: 3 });
    expect(await fixture.received(crm(where), 3)).toHaveLength(3);
  });

  it('sends each message once for a queue that was lost several times before its messages came back', async () => {
    const where = await place();
    const lostFrom = await now();
    await sign(where, 120);
    await lose(where, crm(where));
    const losses = [
      await noteLoss(where, crm(where), lostFrom),
      await noteLoss(where, crm(where), lostFrom),
      await noteLoss(where, crm(where), lostFrom),
    ];
    const states: LossState[] = [];
    for (const lossId of losses) states.push(await finish(lossId));
    expect(states.map(({ done }) => done)).toEqual([true, true, true]);
    expect(states.reduce((sum, { requeued }) => sum + requeued, 0)).toBe(120);
    expect(await fixture.received(crm(where), 120)).toHaveLength(120);
    expect(await lookedAt(where, crm(where))).toEqual([0]);
  });

  it('goes on where a crash between pages left it, and sends no message twice', async () => {
    const where = await place();
    const lostFrom = await now();
    await sign(where, 1_200);
    const first = byId(await fixture.received(crm(where), 1_200));
    await lose(where, crm(where));
    const lossId = await noteLoss(where, crm(where), lostFrom);
    const victim = [...first.keys()].sort()[720];
    await fixture.sql.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'cut off'; end $$;
       create trigger refuse before delete on actions.requeue_candidates for each row
         when (old.message_id = '${victim}') execute function refuse()`,
    );
    // A run ends by time; on a busy machine it does not come so far in one.
    await waitFor(async () => {
      await requeuer.run();
      return ((await stateOf(lossId))?.requeued ?? 0) >= 700;
    });
    expect(await stateOf(lossId)).toEqual({ requeued: 700, skipped: {}, done: false });
    await fixture.sql.query('drop trigger refuse on actions.requeue_candidates');
    expect(await finish(lossId)).toEqual({ requeued: 1_200, skipped: {}, done: true });
    const again = await fixture.received(crm(where), 1_200);
    expect(again).toHaveLength(1_200);
    expect(byId(again)).toEqual(first);
    expect(await lookedAt(where, crm(where))).toEqual([0]);
  });

  it('sends each message once though two processes look at the loss', async () => {
    const where = await place();
    const other = (await fixture.start({ REQUEUE_EVERY_MS: '3600000' })).get(LossRequeuer);
    const lostFrom = await now();
    await sign(where, 600);
    await lose(where, crm(where));
    const lossId = await noteLoss(where, crm(where), lostFrom);
    await waitFor(async () => {
      await Promise.all([requeuer.run(), other.run()]);
      return (await stateOf(lossId))?.done;
    });
    expect(await stateOf(lossId)).toEqual({ requeued: 600, skipped: {}, done: true });
    expect(await fixture.received(crm(where), 600)).toHaveLength(600);
    expect(await lookedAt(where, crm(where))).toEqual([0]);
  });

  it('counts events, which no action brings back', async () => {
    const where = await place({ customEventDeliver: true });
    const lostFrom = await now();
    const [contact] = await sign(where, 1);
    if (!contact) throw new Error('not signed');
    const { id } = await fixture.actionOf(contact);
    await fixture.act(aDecision(id, contact.ref, null, true));
    await settled(where);
    await lose(where, crm(where));
    const lossId = await noteLoss(where, crm(where), lostFrom);
    expect(await finish(lossId)).toEqual({ requeued: 1, skipped: { event: 1 }, done: true });
  });

  it('sends nothing to a queue that the org has switched off', async () => {
    const where = await place();
    const lostFrom = await now();
    await sign(where, 2);
    await fixture.sql.query('update catalog.orgs set custom_action_deliver = false where id = $1', [where.orgId]);
    const lossId = await noteLoss(where, crm(where), lostFrom);
    expect(await finish(lossId)).toEqual({ requeued: 0, skipped: { not_for_queue: 2 }, done: true });
  });

  describe('asked for by a person', () => {
    const requeue = (
      where: Place,
      ids: number[],
      purpose: 'crm' | 'confirm' | 'moderate',
    ): ReturnType<ActionRequeuer['requeue']> => {
      const [app] = fixture.apps;
      if (!app) throw new Error('not started');
      return app
        .get(Database)
        .transaction((manager) => app.get(ActionRequeuer).requeue(manager, where.orgId, ids, purpose));
    };

    it('is a new purpose each time, under an id of its own, and a later loss brings it back too', async () => {
      const where = await place({ customSupporterConfirm: true }, { supporterConfirm: false });
      const lostFrom = await now();
      const [contact] = await sign(where, 1);
      if (!contact) throw new Error('not signed');
      const { id } = await fixture.actionOf(contact);
      const [first] = await fixture.received(crm(where), 1);
      for (let time = 0; time < 2; time += 1) {
        expect(await requeue(where, [id, id], 'crm')).toEqual({ selected: 1, queued: [id], failed: [] });
      }
      const again = await fixture.received(crm(where), 2);
      const numbers = again.map(({ messageId }) => Number(/:r([0-9]+)$/.exec(messageId)?.[1]));
      expect(again.map(({ messageId }) => messageId)).toEqual(
        numbers.map((number) => `${first?.messageId ?? ''}:r${number}`),
      );
      expect(new Set(numbers).size).toBe(2);
      for (const { body } of again) expect(body).toEqual(first?.body);
      await settled(where);
      await lose(where, crm(where));
      expect(await finish(await noteLoss(where, crm(where), lostFrom))).toMatchObject({ requeued: 3 });
      expect(byId(await fixture.received(crm(where), 3))).toEqual(byId([...(first ? [first] : []), ...again]));
    });

    it('says what it did not send, and gives nobody the data of people it has no record of', async () => {
      const where = await place(
        { customSupporterConfirm: true, customActionConfirm: true },
        { supporterConfirm: false, actionConfirm: false },
      );
      const stranger = await place({ customSupporterConfirm: true });
      const [contact, rejected] = await sign(where, 2);
      if (!contact || !rejected) throw new Error('not signed');
      const { id } = await fixture.actionOf(contact);
      const { id: rejectedId } = await fixture.actionOf(rejected);
      await fixture.act(aDecision(rejectedId, rejected.ref, 'reject'));
      expect(await requeue(where, [id, rejectedId, 999_999_999], 'confirm')).toEqual({
        selected: 1,
        queued: [],
        failed: [
          { actionId: id, reason: 'other_stage' },
          { actionId: rejectedId, reason: 'no_stage' },
          { actionId: 999_999_999, reason: 'not_found' },
        ],
      });
      expect(await requeue(stranger, [id], 'crm')).toEqual({
        selected: 0,
        queued: [],
        failed: [{ actionId: id, reason: 'no_contact' }],
      });
      expect(await lookedAt(stranger, crm(stranger), fixture.queues.confirm(stranger.org))).toEqual([0, 0]);
    });
  });
});
