import type { Database } from '../src/database';
import { OutboxRepository, type OutboxMessage } from '../src/outbox/outbox.repository';
import { useDatabase } from './use-database';

const db = useDatabase();
const outbox = new OutboxRepository('actions');

const aMessage = (messageId: string, change: Partial<OutboxMessage> = {}): OutboxMessage => ({
  messageId,
  lane: 7,
  exchange: 'deliver',
  routingKey: 'greenorg.system.action',
  type: 'proca:action:2',
  headers: { org_id: 7, org: 'greenorg', no_mail: true },
  body: '{"n":1}',
  ...change,
});
const some = (count: number, change: Partial<OutboxMessage> = {}, from = 0) =>
  Array.from({ length: count }, (_, n) => aMessage(`${change.lane ?? 7}:m${from + n}`, change));

describe('the outbox', () => {
  let one: Database;
  let other: Database;

  beforeAll(async () => {
    one = await db.process();
    other = await db.process();
  });
  beforeEach(() => db.rows('truncate actions.outbox, actions.outbox_sent restart identity'));

  const insert = (messages: OutboxMessage[], claimed = false) =>
    one.transaction((manager) => outbox.insert(manager, messages, claimed));
  const noLimit = 1_000_000;
  const claim = (process: Database, lane = 7, limit = 100, limitBytes = noLimit) =>
    process.run((manager) => outbox.claim(manager, lane, limit, limitBytes));
  const waitingLanes = async () => (await one.run((manager) => outbox.waitingLanes(manager))).sort((a, b) => a - b);
  const runOutClaims = () => db.rows(`update actions.outbox set claimed_until = now() - interval '1 second'`);
  const idsOf = (rows: { messageId: string }[]) => rows.map(({ messageId }) => messageId);
  const sent = () => db.rows(`select message_id, lane::int, outcome from actions.outbox_sent order by message_id`);

  it('gives back every part of a message', async () => {
    const plain = aMessage('b', { type: null, headers: {}, body: '{"text":"ä \\u0000 \\" {},"}' });
    await insert([aMessage('a'), plain]);
    expect(await claim(other)).toMatchObject([
      { ...aMessage('a'), id: 1, attempts: 0 },
      { ...plain, id: 2, attempts: 0 },
    ]);
  });

  it('takes a message id in once, in one call or in two, and returns only what it added', async () => {
    expect(idsOf(await insert([aMessage('a'), aMessage('a', { body: '{"n":2}' }), aMessage('b')]))).toEqual(['a', 'b']);
    expect(idsOf(await insert([aMessage('b'), aMessage('c')]))).toEqual(['c']);
    expect(await insert([])).toEqual([]);
    expect(idsOf(await claim(one))).toEqual(['a', 'b', 'c']);
  });

  it('takes nothing in when the transaction fails', async () => {
    const work = one.transaction(async (manager) => {
      await outbox.insert(manager, [aMessage('a')], false);
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect(await claim(one)).toEqual([]);
  });

  it('gives each row to one of two processes, whoever asks', async () => {
    await insert(some(400));
    const taken = await Promise.all(
      Array.from({ length: 8 }, (_, n) => claim(n % 2 ? one : other, 7, 50).then((rows) => rows)),
    );
    const ids = taken.flat().map(({ id }) => id);
    expect(taken.map((rows) => rows.length)).toEqual(Array(8).fill(50));
    expect(new Set(ids).size).toBe(400);
    expect(await claim(one)).toEqual([]);
  });

  it('does not wait for rows another process is just taking', async () => {
    await insert(some(4));
    await one.transaction(async (manager) => {
      expect(idsOf(await outbox.claim(manager, 7, 2, noLimit))).toEqual(['7:m0', '7:m1']);
      expect(idsOf(await claim(other, 7, 2))).toEqual(['7:m2', '7:m3']);
    });
  });

  it.each([1, 3, 10])('gives at most %i rows, the oldest of that lane first', async (limit) => {
    await insert([...some(5, { lane: 8 }), ...some(20), ...some(5, { lane: 9 })]);
    const rows = await claim(one, 7, limit);
    expect(idsOf(rows)).toEqual(some(limit).map(({ messageId }) => messageId));
  });

  it('gives rows until their bodies are too large together, always one, and leaves the rest to the next', async () => {
    const large = (name: string) => aMessage(name, { body: JSON.stringify('x'.repeat(998)) });
    await insert(['a', 'b', 'c', 'd', 'e'].map(large));
    expect(idsOf(await claim(one, 7, 100, 2_500))).toEqual(['a', 'b', 'c']);
    expect(idsOf(await claim(other, 7, 100, 10))).toEqual(['d']);
    expect(idsOf(await claim(other))).toEqual(['e']);
  });

  it('keeps claimed rows from the others until the claim runs out', async () => {
    const inserted = await insert([aMessage('a')], true);
    expect(inserted).toMatchObject([{ messageId: 'a', attempts: 0 }]);
    expect(await claim(other)).toEqual([]);
    await runOutClaims();
    expect(idsOf(await claim(other))).toEqual(['a']);
    expect(await claim(one)).toEqual([]);
  });

  it('knows the lanes with rows that nobody holds', async () => {
    expect(await waitingLanes()).toEqual([]);
    await insert([...some(3, { lane: 3 }), ...some(500, { lane: 12 }), ...some(2, { lane: 0 })]);
    await insert(some(3, { lane: 5 }), true);
    await insert(some(2, { lane: 9 }), true);
    await insert(some(1, { lane: 9 }, 2));
    expect(await waitingLanes()).toEqual([0, 3, 9, 12]);
    await claim(one, 12, 499);
    expect(await waitingLanes()).toEqual([0, 3, 9, 12]);
    await claim(one, 12, 1);
    await claim(one, 0);
    expect(await waitingLanes()).toEqual([3, 9]);
    await runOutClaims();
    expect(await waitingLanes()).toEqual([0, 3, 5, 9, 12]);
  });

  it('drops what is settled and keeps its message id', async () => {
    const [a, b, c] = await insert([aMessage('a'), aMessage('b'), aMessage('c', { lane: 8 })], true);
    await one.run((manager) => outbox.settle(manager, [a?.id ?? 0, b?.id ?? 0], 'sent'));
    await one.run((manager) => outbox.settle(manager, [c?.id ?? 0], 'unrouted'));
    await one.run((manager) => outbox.settle(manager, [], 'sent'));
    await runOutClaims();
    expect(await claim(one)).toEqual([]);
    expect(await sent()).toEqual([
      { message_id: 'a', lane: 7, outcome: 'sent' },
      { message_id: 'b', lane: 7, outcome: 'sent' },
      { message_id: 'c', lane: 8, outcome: 'unrouted' },
    ]);
  });

  it('settles once what two processes publish', async () => {
    const [row] = await insert([aMessage('a')], true);
    await one.run((manager) => outbox.settle(manager, [row?.id ?? 0], 'sent'));
    await other.run((manager) => outbox.settle(manager, [row?.id ?? 0], 'unrouted'));
    expect(await sent()).toEqual([{ message_id: 'a', lane: 7, outcome: 'sent' }]);
  });

  it('frees what is released, with the reason and one attempt more', async () => {
    const [row] = await insert([aMessage('a')], true);
    await one.run((manager) => outbox.release(manager, [row?.id ?? 0], 'no queue took it'));
    await one.run((manager) => outbox.release(manager, [], 'nothing'));
    expect(await db.rows('select attempts, last_error from actions.outbox')).toEqual([
      { attempts: 1, last_error: 'no queue took it' },
    ]);
    expect(await claim(other)).toMatchObject([{ messageId: 'a', attempts: 1 }]);
  });

  it('notes as unrouted what was never published, once', async () => {
    const messages = [aMessage('a'), aMessage('b')];
    await one.run((manager) => outbox.recordUnrouted(manager, [...messages, aMessage('a')]));
    await one.run((manager) => outbox.recordUnrouted(manager, [aMessage('b')]));
    await one.run((manager) => outbox.recordUnrouted(manager, []));
    expect(await sent()).toEqual([
      { message_id: 'a', lane: 7, outcome: 'unrouted' },
      { message_id: 'b', lane: 7, outcome: 'unrouted' },
    ]);
  });

  it('says how much waits in each lane and since when', async () => {
    await insert([...some(3), ...some(2, { lane: 8 })]);
    await db.rows(`update actions.outbox set created_at = '2026-11-20T10:00:00Z' where message_id = '7:m1'`);
    const backlog = await one.run((manager) => outbox.backlog(manager));
    expect(backlog.sort((a, b) => a.lane - b.lane)).toEqual([
      { lane: 7, waiting: 3, oldestAt: new Date('2026-11-20T10:00:00Z') },
      { lane: 8, waiting: 2, oldestAt: expect.any(Date) },
    ]);
  });
});
