import type { ConsumeMessage } from 'amqplib';
import { noTracing } from '@groundswell/observability';
import { silentLogger } from '../logger';
import { isTransient, TransientError } from '../transient.error';
import { AttemptLedger } from './attempt-ledger';
import { type Batch, BatchRun, type BatchRunOptions, type Delivery } from './batch-run';
import { FakeAttemptStore } from './fake.attempt-store';
import { FakeParkingStore } from './fake.parking-store';
import { done, drop, type Outcome, park } from './outcome';

const aDelivery = (n: number): Delivery => ({
  queue: 'q',
  receivedAt: new Date(0),
  message: {
    content: Buffer.from(JSON.stringify(n)),
    fields: { deliveryTag: n, redelivered: false, exchange: 'e', routingKey: 'k', consumerTag: 'c' },
    properties: { messageId: `m${n}`, headers: {} },
  } as ConsumeMessage,
});

const deliveries = (count: number): Delivery[] => Array.from({ length: count }, (_, n) => aDelivery(n));

const setUp = (handle: (messages: number[]) => Outcome[], options: Partial<BatchRunOptions<number>> = {}) => {
  const store = new FakeAttemptStore();
  const parking = new FakeParkingStore();
  const calls: number[] = [];
  const run = async (batch: Batch<Delivery>) => {
    const result = await new BatchRun<number, Delivery>(
      {
        consumerId: 'c',
        contract: { parse: (value) => value as number },
        kind: 'batch',
        format: 'json',
        handle: async (items) => {
          calls.push(items.length);
          return handle(items.map(({ message }) => message));
        },
        parking,
        attempts: new AttemptLedger(store),
        isTransient,
        isStopping: () => false,
        sleep: () => Promise.resolve(),
        alonePausesMs: [1, 1],
        logger: silentLogger,
        metrics: {},
        tracing: noTracing,
        ...options,
      },
      batch,
    ).run();
    return { ...result, settled: result.settled.map(({ message }) => message.properties.messageId as string) };
  };
  return { run, calls, store, parking };
};

const allDone = (messages: number[]): Outcome[] => messages.map(() => done());
const throwing = (error: unknown, bad: number) => (messages: number[]) => {
  if (messages.includes(bad)) throw error;
  return allDone(messages);
};

describe('what is acked', () => {
  it.each<[string, (messages: number[]) => Outcome[], string[], string[]]>([
    ['done', () => [done()], ['m0'], []],
    ['drop', () => [drop('no backend')], ['m0'], []],
    ['park', () => [park('odd')], ['m0'], ['odd']],
    ['a throw, after three tries', throwing(new RangeError('x'), 0), ['m0'], ['RangeError']],
    ['a fault of the surroundings', throwing(new TransientError('x'), 0), [], []],
  ])('%s', async (_case, handle, settled, parked) => {
    const { run, parking } = setUp(handle);
    expect((await run({ mode: 'fresh', deliveries: deliveries(1) })).settled).toEqual(settled);
    expect(parking.rows.map(({ reason }) => reason)).toEqual(parked);
  });
});

describe('isolation', () => {
  it('runs batches of 16, then 1, and goes on with the next 16', async () => {
    const { run, calls } = setUp(throwing(new Error('x'), 20));
    const { settled } = await run({ mode: 'fresh', deliveries: deliveries(40) });
    expect(calls).toEqual([40, 16, 16, 1, 1, 1, 1, 1, 1, 1, ...Array.from({ length: 11 }, () => 1), 8]);
    expect(settled).toHaveLength(40);
  });

  it('stops at a fault: what was decided before is acked, the rest is not', async () => {
    const { run } = setUp((messages) => {
      if (messages.length === 40) throw new Error('one of them');
      if (messages.includes(20)) throw new TransientError('database away');
      return allDone(messages);
    });
    const { settled, fault } = await run({ mode: 'fresh', deliveries: deliveries(40) });
    expect(settled).toHaveLength(16);
    expect(fault).toBeInstanceOf(TransientError);
  });

  it('leaves what has not run to the queue once its consumer stops', async () => {
    let isStopping = false;
    const { run } = setUp(
      (messages) => {
        if (messages.length > 16) throw new Error('one of them');
        isStopping = true;
        return allDone(messages);
      },
      { isStopping: () => isStopping },
    );
    expect((await run({ mode: 'fresh', deliveries: deliveries(40) })).settled).toHaveLength(16);
  });

  it('runs the messages of a single handler one by one, each for itself', async () => {
    const { run, calls, parking } = setUp(throwing(new Error('x'), 1), { kind: 'single' });
    expect((await run({ mode: 'fresh', deliveries: deliveries(3) })).settled).toEqual(['m0', 'm2', 'm1']);
    expect(calls).toEqual([1, 1, 1, 1, 1]);
    expect(parking.rows.map(({ messageId }) => messageId)).toEqual(['m1']);
  });
});

describe('redelivered messages', () => {
  it('notes them before they run and forgets them after', async () => {
    let noted = 0;
    const { run, store } = setUp((messages) => {
      noted = store.counts.size;
      return allDone(messages);
    });
    await run({ mode: 'redelivered', deliveries: deliveries(3) });
    expect(noted).toBe(3);
    expect(store.counts.size).toBe(0);
  });

  it('keeps back what an earlier process may have died of, and runs the others', async () => {
    const { run, calls, store } = setUp(allDone);
    await store.note('q', ['m1'], 'group');
    await store.note('q', ['m1'], 'alone');
    const { settled, suspects } = await run({ mode: 'redelivered', deliveries: deliveries(3) });
    expect(calls).toEqual([2]);
    expect(settled).toEqual(['m0', 'm2']);
    expect(suspects.map(({ delivery, aloneBefore }) => [delivery.message.properties.messageId, aloneBefore])).toEqual([
      ['m1', 1],
    ]);
    expect([...store.counts.keys()]).toEqual(['q m1']);
  });

  it.each([0, 1, 2])('runs a suspect alone after %d deaths', async (aloneBefore) => {
    const { run, calls, store } = setUp(allDone);
    const { settled } = await run({ mode: 'suspect', deliveries: [aDelivery(1)], aloneBefore });
    expect(calls).toEqual([1]);
    expect(settled).toEqual(['m1']);
    expect(store.counts.size).toBe(0);
  });

  it('parks a suspect unrun after three deaths, and forgets it', async () => {
    const { run, calls, store, parking } = setUp(allDone);
    await store.note('q', ['m1'], 'alone');
    const { settled } = await run({ mode: 'suspect', deliveries: [aDelivery(1)], aloneBefore: 3 });
    expect(calls).toEqual([]);
    expect(settled).toEqual(['m1']);
    expect(parking.rows[0]?.reason).toBe('kills the process');
    expect(store.counts.size).toBe(0);
  });

  it('does not run them while attempts cannot be noted', async () => {
    const { run, calls, store } = setUp(allDone);
    store.failure = new Error('database away');
    const { settled, fault } = await run({ mode: 'redelivered', deliveries: deliveries(2) });
    expect(calls).toEqual([]);
    expect(settled).toEqual([]);
    expect(fault).toBe(store.failure);
  });

  it('wipes an attempt that ended in a fault of the surroundings: it never counts', async () => {
    const { run, store } = setUp(throwing(new TransientError('x'), 1));
    await run({ mode: 'suspect', deliveries: [aDelivery(1)], aloneBefore: 2 });
    expect(store.counts.size).toBe(0);
  });
});
