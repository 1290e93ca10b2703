import { waitFor } from '@groundswell/testing';
import { type BatchItem, done } from '../src/index';
import { type Numbered, numbered, numbers, recordingLogger, useBroker } from '../test/use-broker';

/** 8. Queues of one consumer come and go while it runs: per-org queues appear, partitions move between replicas. */
const broker = useBroker();

it('leaves a queue by finishing and acking the batch in hand; the rest goes back in order', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, numbers(30));
  const { supervisor } = broker.consumers();
  let finish = (): void => undefined;
  const gate = new Promise<void>((resolve) => (finish = resolve));
  const handled: number[] = [];
  supervisor.register(
    { id: 'leaving', contract: numbered, kind: 'batch', queues: [queue], batchSize: 10 },
    {
      handleBatch: async (items: BatchItem<Numbered>[]) => {
        handled.push(...items.map(({ message }) => message.n));
        await gate;
        return items.map(() => done());
      },
    },
  );
  supervisor.start();
  await waitFor(() => handled.length > 0);

  const left = supervisor.setQueues('leaving', []);
  finish();
  await left;

  await waitFor(async () => (await broker.leftIn(queue)) === 30 - handled.length);
  const bodies = (await broker.vhost.drain(queue)).map(({ content }) => (JSON.parse(content.toString()) as Numbered).n);
  expect(bodies).toEqual(
    numbers(30)
      .map(({ n }) => n)
      .slice(handled.length),
  );
  expect(supervisor.states()[0]?.queues).toEqual([]);
});

it('hands a partition from one replica to the other without loss, some messages perhaps twice', async () => {
  const queues = [await broker.queue(), await broker.queue()] as const;
  for (const queue of queues) await broker.vhost.send(queue, numbers(200));
  const handled = new Set<string>();
  const replica = (own: readonly string[]) => {
    const { supervisor } = broker.consumers();
    supervisor.register(
      { id: 'partitions', contract: numbered, kind: 'batch', batchSize: 20 },
      {
        handleBatch: async (items: BatchItem<Numbered>[]) => {
          for (const { message, envelope } of items) handled.add(`${envelope.queue} ${message.n}`);
          return items.map(() => done());
        },
      },
    );
    void supervisor.setQueues('partitions', own);
    supervisor.start();
    return supervisor;
  };
  const [first, second] = [replica(queues), replica([])];
  await waitFor(() => handled.size > 0);
  await first.setQueues('partitions', [queues[0]]);
  await second.setQueues('partitions', [queues[1]]);

  await waitFor(() => handled.size === 400);
  await Promise.all([first.stop(), second.stop()]);
  for (const queue of queues) expect(await broker.leftIn(queue)).toBe(0);
});

it('waits for a queue that is not there yet, with one warning, and disturbs nobody', async () => {
  const present = await broker.queue();
  const logger = recordingLogger();
  const connections = broker.connect();
  const states: string[] = [];
  connections.consume.onChange((state) => states.push(state));
  const { supervisor } = broker.consumers({ logger, connection: connections.consume });
  const handled: string[] = [];
  supervisor.register(
    { id: 'early', contract: numbered, kind: 'single', queues: ['comes-later', present] },
    {
      handle: async (_message: Numbered, envelope) => {
        handled.push(envelope.queue);
        return done();
      },
    },
  );
  supervisor.start();
  await waitFor(() => supervisor.states()[0]?.queues[0]?.state === 'missing');
  await broker.vhost.send(present, [{ n: 1 }]);
  await waitFor(() => handled.includes(present));

  await broker.vhost.declareQueue('comes-later');
  await broker.vhost.send('comes-later', [{ n: 2 }]);
  await waitFor(() => handled.includes('comes-later'));
  expect(logger.lines.filter(({ text }) => text === 'queue does not exist: waiting for it')).toHaveLength(1);
  expect(states).toEqual(['up']);
});

it('waits for a queue that was deleted under it', async () => {
  const queue = await broker.queue();
  const { supervisor } = broker.consumers();
  let handled = 0;
  supervisor.register(
    { id: 'robbed', contract: numbered, kind: 'single', queues: [queue] },
    {
      handle: async () => {
        handled += 1;
        return done();
      },
    },
  );
  supervisor.start();
  await waitFor(() => supervisor.states()[0]?.queues[0]?.state === 'consuming');
  await broker.vhost.channel.deleteQueue(queue);
  await waitFor(() => supervisor.states()[0]?.queues[0]?.state === 'missing');
  await broker.vhost.declareQueue(queue);
  await broker.vhost.send(queue, [{ n: 1 }]);
  await waitFor(() => handled === 1);
});

it('shares its prefetch anew when queues come and go, without giving messages back', async () => {
  const [first, second] = [await broker.queue(), await broker.queue()];
  await broker.vhost.send(first, numbers(100));
  const { supervisor } = broker.consumers();
  let isOpen = false;
  let finish = (): void => undefined;
  const gate = new Promise<void>((resolve) => (finish = resolve));
  const redelivered: boolean[] = [];
  supervisor.register(
    { id: 'sharing', contract: numbered, kind: 'batch', queues: [first], batchSize: 10 },
    {
      handleBatch: async (items: BatchItem<Numbered>[]) => {
        if (!isOpen) await gate;
        redelivered.push(...items.map(({ envelope }) => envelope.redelivered));
        return items.map(() => done());
      },
    },
  );
  supervisor.start();
  // Twice a batch for the only queue: 20 of 100 are in hand.
  await waitFor(async () => (await broker.vhost.look(first))?.ready === 80);
  await supervisor.setQueues('sharing', [first, second]);
  isOpen = true;
  finish();
  await waitFor(() => redelivered.length === 100);
  expect(redelivered).not.toContain(true);
});
