import { waitFor } from '@groundswell/testing';
import { type BatchItem, done, type MessagingMetrics, park } from '../src/index';
import { type Numbered, numbered, numbers, recordingLogger, useBroker } from '../test/use-broker';

/** 6. A throw that is no fault of the surroundings is about a message. The batch is run again in batches of 16, then 1; what
 *  failed alone three times is parked, its neighbours go through. */
const broker = useBroker();
/** Prefetch starts as if messages were large (prefetch-gauge.ts); here the first batch has to be whole. */
const roomForAll = 256 * 1024 * 1024;

class PageGoneError extends Error {
  readonly code = 'ingest.page_gone';
}

it('parks the one poison of a batch of 500 with its reason; the other 499 go through', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, numbers(500));
  const { supervisor, parking } = broker.consumers();
  const handled: number[] = [];
  const sizesWithPoison: number[] = [];

  supervisor.register(
    {
      id: 'poisoned',
      contract: numbered,
      kind: 'batch',
      queues: [queue],
      batchWaitMs: 60_000,
      maxPrefetchBytes: roomForAll,
    },
    {
      handleBatch: async (items: BatchItem<Numbered>[]) => {
        if (items.some(({ message }) => message.n === 123)) {
          sizesWithPoison.push(items.length);
          throw new PageGoneError('page of supporter a@b.org is gone');
        }
        handled.push(...items.map(({ message }) => message.n));
        return items.map(() => done());
      },
    },
  );
  supervisor.start();

  await waitFor(() => parking.rows.length === 1 && handled.length === 499);
  expect(sizesWithPoison).toEqual([500, 16, 1, 1, 1]);
  expect(parking.rows[0]).toMatchObject({ messageId: 'm123', reason: 'ingest.page_gone' });
  expect(JSON.stringify(parking.rows[0]?.details)).not.toContain('a@b.org');
  expect(new Set(handled).size).toBe(499);
  await supervisor.stop();
  expect(await broker.leftIn(queue)).toBe(0);
});

it('lets a message through that fails once or twice', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, [{ n: 1 }]);
  const { supervisor, parking } = broker.consumers();
  let tries = 0;
  supervisor.register(
    { id: 'shaky', contract: numbered, kind: 'single', queues: [queue] },
    {
      handle: async () => {
        tries += 1;
        if (tries < 3) throw new Error('not yet');
        return done();
      },
    },
  );
  supervisor.start();
  await waitFor(() => tries === 3);
  await supervisor.stop();
  expect(parking.rows).toEqual([]);
  expect(await broker.leftIn(queue)).toBe(0);
});

it('takes a wrong number of outcomes for the mistake it is', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, numbers(2));
  const logger = recordingLogger();
  const { supervisor, parking } = broker.consumers({ logger });
  supervisor.register(
    { id: 'short', contract: numbered, kind: 'batch', queues: [queue], batchWaitMs: 50 },
    { handleBatch: async () => [] },
  );
  supervisor.start();
  await waitFor(() => parking.rows.length === 2);
  expect(parking.rows.map(({ reason }) => reason)).toEqual(['Error', 'Error']);
});

it('keeps the outcomes of neighbours that were decided in another part of the batch', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, numbers(40));
  const counts: [string, string, string, number][] = [];
  const metrics: MessagingMetrics = { settled: (...count) => counts.push(count) };
  const { supervisor, parking } = broker.consumers({ metrics });
  supervisor.register(
    { id: 'mixed', contract: numbered, kind: 'batch', queues: [queue], batchSize: 40, batchWaitMs: 60_000 },
    {
      handleBatch: async (items: BatchItem<Numbered>[]) => {
        if (items.some(({ message }) => message.n === 39)) throw new TypeError('cannot read');
        return items.map(({ message }) => (message.n === 5 ? park('unknown campaign') : done()));
      },
    },
  );
  supervisor.start();
  await waitFor(() => parking.rows.length === 2 && counts.length === 3);
  expect(counts).toEqual([
    ['mixed', 'done', '', 38],
    ['mixed', 'park', 'unknown campaign', 1],
    ['mixed', 'park', 'TypeError', 1],
  ]);
});
