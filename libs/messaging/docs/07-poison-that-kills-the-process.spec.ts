import { waitFor } from '@groundswell/testing';
import { type BatchItem, done, FakeAttemptStore, FakeParkingStore, type Outcome } from '../src/index';
import { type Numbered, numbered, numbers, useBroker } from '../test/use-broker';

/** 7. A message that kills the process cannot be caught by a `catch`, so attempts are noted before the handler runs.
 *
 *  - A first delivery runs in its batch, unnoted. If the process dies, all of that batch come back marked redelivered.
 *  - Redelivered messages run at most 16 of one queue at a time, each noted ("group") before.
 *  - One that was noted by a process that died is a suspect: it runs alone, noted ("alone") before. Three deaths with it alone
 *    in hand, and it is parked without another run.
 *  - A message that ends (done, drop, park), and whatever a process lives through (a throw, a fault of the surroundings, a
 *    stop), is forgotten: only a death counts.
 *
 *  Why repeated kill -9 parks no innocent: to be parked, a message must be alone in hand at the moment of three deaths.
 *  Suspects run after everything else that waits, and each waits longer the more it is suspected (250 ms, 2 s, 10 s into the
 *  life of the process), so early deaths never meet it, and what did meet one goes to the end. A killer that strikes at any
 *  moment hits someone else each time; 16 at most become suspects per kill, and one innocent would need three hits in the
 *  milliseconds it runs, at three different ages of the process. Real poison meets itself every time. */
const broker = useBroker();

interface Stores {
  parking: FakeParkingStore;
  attempts: FakeAttemptStore;
}

/** One life of a process: it dies when `kills` says so of a batch about to run, without acking it. Returns the batches it ran
 *  and whether it died; a life also ends once `isFinished`. */
const liveOnce = async (
  queue: string,
  stores: Stores,
  handled: Set<number>,
  kills: (batch: number[], batchNo: number) => boolean,
  isFinished: () => boolean,
  { batchSize, batchWaitMs } = { batchSize: 50, batchWaitMs: 50 },
): Promise<{ died: boolean; sizes: number[] }> => {
  const connections = broker.connect();
  const { supervisor } = broker.consumers({ connection: connections.consume, stopLimitMs: 1, ...stores });
  const sizes: number[] = [];
  let died = false;
  supervisor.register(
    { id: 'mortal', contract: numbered, kind: 'batch', queues: [queue], batchSize, batchWaitMs },
    {
      handleBatch: async (items: BatchItem<Numbered>[]): Promise<Outcome[]> => {
        const batch = items.map(({ message }) => message.n);
        sizes.push(batch.length);
        died ||= kills(batch, sizes.length);
        if (died) return new Promise(() => undefined);
        for (const n of batch) handled.add(n);
        return items.map(() => done());
      },
    },
  );
  supervisor.start();
  await waitFor(() => died || isFinished());
  // What the kernel does for a killed process: its sockets close, no ack is sent.
  await connections.close();
  await waitFor(async () => (await broker.vhost.look(queue))?.consumers === 0);
  return { died, sizes };
};

const newStores = (): Stores => ({ parking: new FakeParkingStore(), attempts: new FakeAttemptStore() });

it('parks a message that kills every process it runs in, and nobody else', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, numbers(40));
  const stores = newStores();
  const handled = new Set<number>();
  const lastBatches: (number | undefined)[] = [];
  const waits = [
    { batchSize: 40, batchWaitMs: 60_000 },
    { batchSize: 16, batchWaitMs: 60_000 },
  ];

  while (stores.parking.rows.length === 0) {
    expect(lastBatches.length).toBeLessThan(10);
    const isDone = () => stores.parking.rows.length > 0 && handled.size === 39;
    const wait = waits[lastBatches.length];
    const { sizes, died } = await liveOnce(queue, stores, handled, (batch) => batch.includes(7), isDone, wait);
    if (died) lastBatches.push(sizes.at(-1));
  }

  expect(lastBatches).toEqual([40, 16, 1, 1, 1]);
  expect(stores.parking.rows).toEqual([
    expect.objectContaining({ messageId: 'm7', reason: 'kills the process', details: { deaths: 3 } }),
  ]);
  expect(handled).toEqual(new Set(numbers(40).flatMap(({ n }) => (n === 7 ? [] : n))));
  await waitFor(() => stores.attempts.counts.size === 0);
});

it('parks nobody when the process is killed again and again for other reasons', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, numbers(500));
  const stores = newStores();
  const handled = new Set<number>();

  for (let life = 1; life <= 25; life += 1) {
    // Strikes in the first, second or third batch of a life, whatever is in it.
    const { died } = await liveOnce(
      queue,
      stores,
      handled,
      (_batch, no) => no === (life % 3) + 1,
      () => false,
    );
    expect(died).toBe(true);
  }
  await liveOnce(
    queue,
    stores,
    handled,
    () => false,
    () => handled.size === 500,
  );

  expect(stores.parking.rows).toEqual([]);
});
