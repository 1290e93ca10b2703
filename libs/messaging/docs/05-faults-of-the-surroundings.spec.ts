import { waitFor } from '@groundswell/testing';
import { type BatchItem, done, type Outcome, park, TransientError } from '../src/index';
import { type Numbered, numbered, numbers, useBroker } from '../test/use-broker';

/** 5. A fault of the surroundings never counts against a message: the consumer stops, gives everything back, backs off and
 *  resumes. */
const broker = useBroker();

it('acks nothing, holds nothing while it waits, and handles all once the fault is over', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, numbers(50));
  const { supervisor, parking, attempts } = broker.consumers({ faultPause: { firstMs: 100, maxMs: 100 } });
  let isDatabaseAway = true;
  const handled = new Set<number>();

  supervisor.register(
    { id: 'db', contract: numbered, kind: 'batch', queues: [queue], batchWaitMs: 50 },
    {
      handleBatch: async (items: BatchItem<Numbered>[]) => {
        if (isDatabaseAway) throw new TransientError('database away');
        for (const { message } of items) handled.add(message.n);
        return items.map(() => done());
      },
    },
  );
  supervisor.start();

  await waitFor(() => supervisor.states()[0]?.phase === 'backing_off');
  await waitFor(async () => (await broker.leftIn(queue)) === 50);
  expect(supervisor.states()[0]).toMatchObject({ fault: 'TransientError: database away' });
  expect(supervisor.isHealthy).toBe(true);

  isDatabaseAway = false;
  await waitFor(() => handled.size === 50);
  await waitFor(() => supervisor.states()[0]?.fault === undefined);
  expect(parking.rows).toEqual([]);
  await waitFor(() => attempts.counts.size === 0);
});

it('parks nobody however often the surroundings fail', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, numbers(20));
  const { supervisor, parking } = broker.consumers({ faultPause: { firstMs: 1, maxMs: 1 } });
  let faults = 0;
  const handled = new Set<number>();

  supervisor.register(
    { id: 'flapping', contract: numbered, kind: 'batch', queues: [queue] },
    {
      handleBatch: async (items: BatchItem<Numbered>[]) => {
        faults += 1;
        if (faults <= 12) throw new TransientError('database away');
        for (const { message } of items) handled.add(message.n);
        return items.map(() => done());
      },
    },
  );
  supervisor.start();

  await waitFor(() => handled.size === 20);
  expect(parking.rows).toEqual([]);
});

it('knows what a driver throws by a predicate, and what a socket throws by itself', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, [{ n: 1 }]);
  const { supervisor, parking } = broker.consumers({
    isTransient: (error) => (error as { code?: string }).code === '57P01',
  });
  const thrown = [
    Object.assign(new Error('terminating connection'), { code: '57P01' }),
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
  ];
  let isHandled = false;
  supervisor.register(
    { id: 'driver', contract: numbered, kind: 'single', queues: [queue] },
    {
      handle: async () => {
        const error = thrown.shift();
        if (error) throw error;
        isHandled = true;
        return done();
      },
    },
  );
  supervisor.start();
  await waitFor(() => isHandled);
  expect(parking.rows).toEqual([]);
});

it('loses no message to a parking store that is away: it waits for it', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, [{ n: 1 }, Buffer.from('no json'), { n: 3 }]);
  const { supervisor, parking } = broker.consumers();
  parking.failure = new Error('database away');
  const outcomes: Outcome[] = [];
  supervisor.register(
    { id: 'parks', contract: numbered, kind: 'batch', queues: [queue], batchWaitMs: 50 },
    {
      handleBatch: async (items: BatchItem<Numbered>[]) => {
        const own = items.map(({ message }) => (message.n === 3 ? park('not now') : done()));
        outcomes.push(...own);
        return own;
      },
    },
  );
  supervisor.start();

  await waitFor(() => supervisor.states()[0]?.fault === 'Error: database away');
  expect(parking.rows).toEqual([]);
  parking.failure = undefined;
  await waitFor(() => parking.rows.length === 2);
  expect(parking.rows.map(({ messageId }) => messageId).sort()).toEqual(['m1', 'm2']);
});

it('turns health red when a consumer fails for no known reason, and others go on', async () => {
  const [broken, sound] = [await broker.queue(), await broker.queue()];
  await broker.vhost.send(broken, [Buffer.from('no json')]);
  const { supervisor, parking } = broker.consumers({ faultPause: { firstMs: 50, maxMs: 50 } });
  parking.failure = new RangeError('a bug of the store');
  let handled = 0;
  supervisor.register(
    { id: 'broken', contract: numbered, kind: 'single', queues: [broken] },
    { handle: async () => done() },
  );
  supervisor.register(
    { id: 'sound', contract: numbered, kind: 'single', queues: [sound] },
    {
      handle: async () => {
        handled += 1;
        return done();
      },
    },
  );
  supervisor.start();

  await waitFor(() => !supervisor.isHealthy);
  await broker.vhost.send(sound, [{ n: 1 }]);
  await waitFor(() => handled === 1);
  parking.failure = undefined;
  await waitFor(() => supervisor.isHealthy && parking.rows.length === 1);
});
