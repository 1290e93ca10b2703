import { newTrace } from '@groundswell/observability';
import { waitFor } from '@groundswell/testing';
import { type BatchItem, done, drop, type Envelope, type MessagingMetrics, park } from '../src/index';
import { type Numbered, numbered, numbers, useBroker } from '../test/use-broker';

/** 4. Consuming. A handler decides about each message; the runner acks, counts, parks and logs. */
const broker = useBroker();

it('hands over what is waiting as one batch and acks it', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, numbers(200));
  const { supervisor } = broker.consumers();
  const batches: number[][] = [];

  supervisor.register(
    { id: 'all', contract: numbered, kind: 'batch', queues: [queue], batchSize: 100, batchWaitMs: 60_000 },
    {
      handleBatch: async (items: BatchItem<Numbered>[]) => {
        batches.push(items.map(({ message }) => message.n));
        return items.map(() => done());
      },
    },
  );
  supervisor.start();

  await waitFor(() => batches.flat().length === 200);
  expect(batches[0]).toHaveLength(100);
  expect(batches.flat()).toEqual(numbers(200).map(({ n }) => n));
  await supervisor.stop();
  expect(await broker.leftIn(queue)).toBe(0);
});

it('acts on each outcome by itself: done, drop and park are all acked, park leaves a row', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, numbers(3), () => ({ headers: { org_id: 7 } }));
  const counts: unknown[] = [];
  const metrics: MessagingMetrics = { settled: (...count) => counts.push(count) };
  const { supervisor, parking } = broker.consumers({ metrics });

  supervisor.register(
    { id: 'three', contract: numbered, kind: 'batch', queues: [queue], batchSize: 3, batchWaitMs: 60_000 },
    { handleBatch: async () => [done(), drop('no push backend'), park('no such page', { pageId: 9 })] },
  );
  supervisor.start();

  await waitFor(() => counts.length === 3);
  expect(counts).toEqual([
    ['three', 'done', '', 1],
    ['three', 'drop', 'no push backend', 1],
    ['three', 'park', 'no such page', 1],
  ]);
  expect(parking.rows).toEqual([
    {
      queue,
      messageId: 'm2',
      reason: 'no such page',
      details: { pageId: 9 },
      body: Buffer.from('{"n":2}'),
      headers: { org_id: 7 },
    },
  ]);
  await supervisor.stop();
  expect(await broker.leftIn(queue)).toBe(0);
});

it('parks what is no JSON or does not fit the contract, before any handler, without quoting it', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, [Buffer.from('{"email":"a@b.org"'), { n: 'a@b.org' }, { n: 1 }]);
  const { supervisor, parking } = broker.consumers();
  const handled: number[] = [];

  supervisor.register(
    { id: 'strict', contract: numbered, kind: 'single', queues: [queue] },
    {
      handle: async ({ n }: Numbered) => {
        handled.push(n);
        return done();
      },
    },
  );
  supervisor.start();

  await waitFor(() => parking.rows.length === 2 && handled.length === 1);
  expect(handled).toEqual([1]);
  expect(parking.rows.map(({ messageId, reason, details }) => ({ messageId, reason, details }))).toEqual([
    { messageId: 'm0', reason: 'unparsable', details: { problem: 'not JSON' } },
    { messageId: 'm1', reason: 'unparsable', details: { problems: ['n: invalid_type'] } },
  ]);
});

it('tells a handler where its message comes from', async () => {
  const queue = await broker.queue();
  const { supervisor } = broker.consumers();
  const publisher = await broker.publisher();
  const envelopes: Envelope[] = [];
  const trace = newTrace();
  supervisor.register(
    { id: 'looking', contract: numbered, kind: 'single', queues: [queue] },
    {
      handle: async (_message: Numbered, envelope: Envelope) => {
        envelopes.push(envelope);
        return done();
      },
    },
  );
  supervisor.start();

  await publisher.publish({
    exchange: 'ingest',
    routingKey: queue,
    body: '{"n":1}',
    messageId: 'action:1:deliver:7',
    type: 'proca:action:2',
    timestamp: new Date('2026-01-02T03:04:05Z'),
    headers: { org_id: 7, action_id: 1 },
    trace,
  });

  const envelope = await waitFor(() => envelopes[0]);
  expect(envelope).toMatchObject({
    queue,
    exchange: 'ingest',
    routingKey: queue,
    messageId: 'action:1:deliver:7',
    orgId: 7,
    trace,
    redelivered: false,
    type: 'proca:action:2',
    timestamp: new Date('2026-01-02T03:04:05Z'),
    bytes: 7,
  });
});

it('fills one batch from several queues, and keeps the order within each', async () => {
  const queues = [await broker.queue(), await broker.queue(), await broker.queue()];
  for (const queue of queues) await broker.vhost.send(queue, numbers(20));
  const { supervisor } = broker.consumers();
  const batches: string[][] = [];
  const seen = new Map<string, number[]>();

  supervisor.register(
    { id: 'shared', contract: numbered, kind: 'batch', queues, batchSize: 60, batchWaitMs: 60_000 },
    {
      handleBatch: async (items: BatchItem<Numbered>[]) => {
        batches.push([...new Set(items.map(({ envelope }) => envelope.queue))]);
        for (const { message, envelope } of items) {
          seen.set(envelope.queue, [...(seen.get(envelope.queue) ?? []), message.n]);
        }
        return items.map(() => done());
      },
    },
  );
  supervisor.start();

  await waitFor(() => [...seen.values()].flat().length === 60);
  expect(batches).toEqual([expect.arrayContaining(queues)]);
  for (const queue of queues) expect(seen.get(queue)).toEqual(numbers(20).map(({ n }) => n));
});

it('runs lanes at once, never two with messages of the same queue', async () => {
  const queues = [await broker.queue(), await broker.queue()];
  for (const queue of queues) await broker.vhost.send(queue, numbers(40));
  const { supervisor } = broker.consumers();
  const running = new Set<string>();
  let overlaps = 0;
  let handled = 0;

  supervisor.register(
    { id: 'lanes', contract: numbered, kind: 'batch', queues, batchSize: 5, batchWaitMs: 0, lanes: 2 },
    {
      handleBatch: async (items: BatchItem<Numbered>[]) => {
        const own = new Set(items.map(({ envelope }) => envelope.queue));
        for (const queue of own) {
          if (running.has(queue)) throw new Error('two batches of one queue at once');
          running.add(queue);
        }
        // The first batch waits for another beside it.
        if (overlaps === 0) await waitFor(() => running.size === 2 || overlaps > 0);
        overlaps += running.size === 2 ? 1 : 0;
        await new Promise((resolve) => setImmediate(resolve));
        for (const queue of own) running.delete(queue);
        handled += items.length;
        return items.map(() => done());
      },
    },
  );
  supervisor.start();

  await waitFor(() => handled === 80);
  expect(overlaps).toBeGreaterThan(0);
});

it('keeps no more unacked than twice a batch over all queues together', async () => {
  const queues = [await broker.queue(), await broker.queue(), await broker.queue()];
  for (const queue of queues) await broker.vhost.send(queue, numbers(50));
  const { supervisor } = broker.consumers();
  let finish = (): void => undefined;
  const gate = new Promise<void>((resolve) => (finish = resolve));

  supervisor.register(
    { id: 'few', contract: numbered, kind: 'batch', queues, batchSize: 15 },
    {
      handleBatch: async (items: BatchItem<Numbered>[]) => {
        await gate;
        return items.map(() => done());
      },
    },
  );
  supervisor.start();
  await waitFor(async () => {
    const looks = await Promise.all(queues.map((queue) => broker.vhost.look(queue)));
    return looks.every((look) => look?.ready === 40);
  });
  finish();
  await waitFor(async () => {
    const looks = await Promise.all(queues.map((queue) => broker.vhost.look(queue)));
    return looks.every((look) => look?.ready === 0);
  });
});
