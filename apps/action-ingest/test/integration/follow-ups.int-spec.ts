import {
  exchanges,
  followUpsClosedV1,
  ingestQueue,
  requestKey,
  requestQueue,
  type ActionIngestRequestV1,
  type EraseContactV1,
  type FollowUpAssigneeV1,
} from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { BrokerConnections, Publisher, Rpc } from '@groundswell/messaging';
import { Database } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { FollowUpRepository } from '../../src/follow-ups/follow-up.repository';
import { partitionOf } from '../../src/storing/reference';
import { aContact, aDecision, aModeration, anAction, IngestFixture, newRef, type Place } from './ingest-fixture';

interface Item {
  id: number;
  kind: number;
  state: string;
  closedBy: number | null;
  assignee: number | null;
  volunteer: string | null;
}
type Asked = ActionIngestRequestV1 extends infer R ? (R extends unknown ? Omit<R, 'schema' | 'id'> : never) : never;

describe('follow-up items', () => {
  let fixture: IngestFixture;
  let connections: BrokerConnections;
  let publisher: Publisher;
  let rpc: Rpc;

  beforeAll(async () => {
    fixture = await IngestFixture.create();
    for (const name of [exchanges.retry, exchanges.reply]) await fixture.vhost.declareExchange(name);
    await fixture.vhost.declareQueue(requestQueue('action-ingest'), {
      exchange: exchanges.ingest,
      key: requestKey('action-ingest'),
    });
    // Two replicas: answers to siblings meet.
    await Promise.all([fixture.start(), fixture.start()]);
    connections = new BrokerConnections({ urls: fixture.vhost.amqpUrl, serviceName: 'api-gateway' });
    connections.start();
    publisher = new Publisher({ connection: connections.publish });
    publisher.start();
    rpc = new Rpc({ connection: connections.consume, publisher, serviceName: 'api-gateway' });
    rpc.start();
    await waitFor(() => rpc.isOpen && publisher.isReady);
  });
  afterAll(async () => {
    await publisher?.close();
    await rpc?.stop();
    await connections?.close();
    await fixture.close();
  });

  const ask = (asked: Asked, id = uuidV7()): Promise<unknown> =>
    rpc.request(
      { exchange: exchanges.ingest, routingKey: requestKey('action-ingest') },
      { schema: 'groundswell:request:1', id, ...asked },
      { id, type: 'groundswell:request:1', timeoutMs: 60_000 },
    );
  const items = async (ids: number[]): Promise<Item[]> => {
    const { rows } = await fixture.sql.query<Item>(
      `select id::int, kind, state, closed_by::int as "closedBy", assignee::int, volunteer_email as volunteer
         from actions.followup_items where id = any($1) order by id`,
      [ids],
    );
    return rows;
  };
  const states = async (ids: number[]) => (await items(ids)).map(({ state }) => state);
  const signed = async (where: Place, ref = newRef()) => {
    const contact = aContact(where, { ref });
    await fixture.act(contact);
    return { ...(await fixture.actionOf(contact)), ref, contact };
  };
  const create = async (
    where: Place,
    actionId: number,
    assignees: FollowUpAssigneeV1[],
    change: { completeAll?: boolean; orgId?: number } = {},
  ): Promise<number[]> => {
    const { itemIds } = (await ask({
      kind: 'create_follow_ups',
      orgId: where.orgId,
      itemKind: 'call',
      actionId,
      supporterId: null,
      dueAt: null,
      completeAll: false,
      assignees,
      ...change,
    })) as { itemIds: number[] };
    return itemIds;
  };
  const answering = (where: Place, followUpId: number, testing = false) =>
    anAction(where, newRef(), { action: { actionType: 'call_report', followUpId, testing } });
  /** Of these items, in the order in which they were told. */
  const told = async (ids: number[]) => {
    await fixture.deltas();
    return fixture.factBodies
      .flatMap((body) => {
        const fact = followUpsClosedV1.safeParse(body);
        return fact.success ? fact.data.closed : [];
      })
      .filter(({ itemId }) => ids.includes(itemId));
  };
  const users = [{ userId: 11 }, { userId: 12 }, { email: 'vol@example.org', ref: newRef() }];

  it('are closed by the action that answers one, with the siblings, and this is told once', async () => {
    const where = await fixture.place();
    const { id } = await signed(where);
    const ids = await create(where, id, users);
    expect(await items(ids)).toMatchObject([
      { state: 'open', assignee: 11 },
      { state: 'open', assignee: 12 },
      { state: 'open', volunteer: 'vol@example.org' },
    ]);
    const answer = answering(where, ids[1]!);
    await fixture.act(answer);
    const { id: answerId } = await fixture.actionOf(answer);
    expect(await items(ids)).toMatchObject([
      { state: 'canceled', closedBy: answerId },
      { state: 'done', closedBy: answerId },
      { state: 'canceled', closedBy: answerId, volunteer: null },
    ]);
    await fixture.send(answer);
    const closed = await told(ids);
    expect(closed.sort((a, b) => a.itemId - b.itemId)).toEqual(
      ids.map((itemId, at) => ({
        itemId,
        orgId: where.orgId,
        state: at === 1 ? 'done' : 'canceled',
        actionId: answerId,
      })),
    );
  });

  it('are answered without a look at all the others there are', async () => {
    const where = await fixture.place();
    const { id } = await signed(where);
    const ids = await create(where, id, users);
    await fixture.sql.query(
      `insert into actions.followup_items (org_id, kind, action_id, sibling_group)
       select $1, 1, $2, case when n % 5 = 0 then gen_random_uuid() end from generate_series(1, 20000) n`,
      [where.orgId, id],
    );
    await fixture.sql.query('analyze actions.followup_items');
    const read = await fixture.apps[0]!.get(Database).transaction(async (manager) => {
      const answer = { itemId: ids[0]!, actionId: id, orgIds: [where.orgId] };
      expect(await new FollowUpRepository(manager).answer([answer])).toHaveLength(3);
      const [counted] = await manager.query<{ rows: number }[]>(
        `select (seq_tup_read + idx_tup_fetch)::int as rows from pg_stat_xact_user_tables where relname = 'followup_items'`,
      );
      return counted?.rows;
    });
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(100);
    await fixture.sql.query('delete from actions.followup_items where org_id = $1', [where.orgId]);
  });

  it('stay open beside an answered sibling where all are to be done', async () => {
    const where = await fixture.place();
    const ids = await create(where, (await signed(where)).id, users, { completeAll: true });
    await fixture.act(answering(where, ids[0]!));
    expect(await states(ids)).toEqual(['done', 'open', 'open']);
  });

  it('answered by several at once end in one state, in any order: what was answered is done', async () => {
    const where = await fixture.place();
    const { id } = await signed(where);
    const groups = await Promise.all(Array.from({ length: 8 }, () => create(where, id, users)));
    await fixture.act(...groups.flatMap(([first, second]) => [answering(where, first!), answering(where, second!)]));
    for (const group of groups) expect(await states(group)).toEqual(['done', 'done', 'canceled']);
    const { rows } = await fixture.sql.query('select reason from actions.parked');
    expect(rows).toEqual([]);
  });

  it('are not answered by a trial, nor by an action of another org', async () => {
    const [where, elsewhere] = [await fixture.place(), await fixture.place()];
    const ids = await create(where, (await signed(where)).id, []);
    expect(ids).toHaveLength(1);
    await fixture.act(answering(where, ids[0]!, true), answering(elsewhere, ids[0]!), answering(where, 999_999));
    expect(await states(ids)).toEqual(['open']);
    const partner = await fixture.place({}, {}, where);
    await fixture.act(answering(partner, ids[0]!));
    expect(await states(ids)).toEqual(['done']);
  });

  it('are made once per request, of what is there, given to somebody else and closed by a person', async () => {
    const where = await fixture.place();
    const { id } = await signed(where);
    const request = uuidV7();
    const made = {
      kind: 'create_follow_ups',
      orgId: where.orgId,
      itemKind: 'reminder',
      actionId: id,
      supporterId: null,
      dueAt: '2026-12-01T10:00:00Z',
      completeAll: false,
      assignees: users,
    } as const;
    expect(await ask(made, request)).toEqual(await ask(made, request));
    const { rows } = await fixture.sql.query<{ id: number }>(
      'select id::int from actions.followup_items where org_id = $1 order by id',
      [where.orgId],
    );
    expect(rows).toHaveLength(3);
    await expect(ask({ ...made, actionId: 999_999 })).rejects.toMatchObject({ code: 'follow_up.no_subject' });
    const [first] = rows;
    const assign = (userId: number, orgId = where.orgId) =>
      ask({ kind: 'assign_follow_up', orgId, itemId: first!.id, assignee: { userId } });
    expect(await assign(13)).toEqual({ outcome: 'changed' });
    expect(await assign(13)).toEqual({ outcome: 'noop' });
    expect(await assign(14, where.orgId + 1)).toEqual({ outcome: 'noop' });
    const close = { kind: 'close_follow_up', orgId: where.orgId, itemId: first!.id, state: 'canceled' } as const;
    expect(await ask({ ...close, orgId: 1 })).toEqual({ outcome: 'noop' });
    expect(await ask(close)).toEqual({ outcome: 'changed' });
    expect(await ask(close)).toEqual({ outcome: 'noop' });
    expect(await states(rows.map((row) => row.id))).toEqual(['canceled', 'open', 'open']);
    expect(await told([first!.id])).toEqual([
      { itemId: first!.id, orgId: where.orgId, state: 'canceled', actionId: null },
    ]);
  });

  it('appear for actions that wait for moderation where the org wants them, and go with the decision', async () => {
    const [where, without] = [
      await fixture.place({ customActionConfirm: true }),
      await fixture.place({ customActionConfirm: true }),
    ];
    await fixture.sql.query('update catalog.orgs set config = $2 where id = $1', [
      where.orgId,
      { followUps: { moderation: true, dueHours: 24 } },
    ]);
    const [accepted, rejected, withdrawn, unwanted] = [
      await signed(where),
      await signed(where),
      await signed(where),
      await signed(without),
    ];
    const moderation = async () => {
      const { rows } = await fixture.sql.query<{ id: number; actionId: number; state: string; due: boolean }>(
        `select id::int, action_id::int as "actionId", state, due_at > now() + interval '23 hours' as due
           from actions.followup_items where kind = 0 and org_id = any($1) order by action_id`,
        [[where.orgId, without.orgId]],
      );
      return rows;
    };
    const made = await moderation();
    expect(made).toMatchObject(
      [accepted, rejected, withdrawn].map(({ id }) => ({ actionId: id, state: 'open', due: true })),
    );
    expect(unwanted.status).toBe(1);
    await fixture.act(
      aModeration(accepted.id, accepted.ref, 'accept'),
      aModeration(rejected.id, rejected.ref, 'reject'),
      aDecision(withdrawn.id, withdrawn.ref, 'reject'),
    );
    expect(await moderation()).toMatchObject(made.map(({ id }) => ({ id, state: 'done' })));
    expect((await told(made.map(({ id }) => id))).map(({ state }) => state)).toEqual(['done', 'done', 'done']);
  });

  it('forget an erased volunteer, and end where the supporter is erased', async () => {
    const where = await fixture.place();
    const person = await signed(where);
    const volunteer = { email: 'vol@example.org', ref: newRef() };
    const ids = await create(where, person.id, [volunteer, { userId: 11 }]);
    const erase = async (ref: string) => {
      await fixture.sql.query('insert into catalog.erasures (org_id, ref) values ($1, $2)', [
        where.orgId,
        Buffer.from(ref, 'base64url'),
      ]);
      const command: EraseContactV1 = {
        schema: 'groundswell:command:1',
        id: uuidV7(),
        at: new Date().toISOString(),
        kind: 'erase_contact',
        orgId: where.orgId,
        ref,
        erasedAt: new Date(Date.now() + 60_000).toISOString(),
      };
      await fixture.vhost.send(ingestQueue(partitionOf(ref)), [command], () => ({ messageId: command.id }));
      await waitFor(async () => {
        const { rows } = await fixture.sql.query('select from actions.erasure_receipts where id = $1', [command.id]);
        return rows.length > 0;
      });
    };
    await erase(volunteer.ref);
    expect(await items(ids)).toMatchObject([
      { state: 'open', volunteer: null, assignee: null },
      { state: 'open', assignee: 11 },
    ]);
    await erase(person.ref);
    expect(await states(ids)).toEqual(['canceled', 'canceled']);
  });
});
