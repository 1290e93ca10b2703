import { RabbitProxy, waitFor } from '@groundswell/testing';
import { type BatchItem, done } from '../src/index';
import { type Numbered, numbered, numbers, useBroker } from '../test/use-broker';

/** 9. Connections break. What should run comes back by itself, what was closed on purpose stays closed. */
const broker = useBroker();

const overProxy = async () => {
  const proxy = await RabbitProxy.start(broker.vhost.amqpUrl);
  broker.afterwards(() => proxy.close());
  const connections = broker.connect({ urls: proxy.amqpUrl });
  return { proxy, connections };
};

const counting = (handled: Set<string>) => ({
  handleBatch: async (items: BatchItem<Numbered>[]) => {
    for (const { message, envelope } of items) handled.add(`${envelope.queue} ${message.n}`);
    return items.map(() => done());
  },
});

it('keeps a queue closed that was left, and a consumer that was paused, over a reconnect', async () => {
  const [kept, left, pausedQueue] = [await broker.queue(), await broker.queue(), await broker.queue()];
  const { proxy, connections } = await overProxy();
  const { supervisor } = broker.consumers({ connection: connections.consume });
  const handled = new Set<string>();
  supervisor.register({ id: 'a', contract: numbered, kind: 'batch', queues: [kept, left] }, counting(handled));
  supervisor.register({ id: 'b', contract: numbered, kind: 'batch', queues: [pausedQueue] }, counting(handled));
  supervisor.start();
  await waitFor(() => supervisor.states().every(({ queues }) => queues.every(({ state }) => state === 'consuming')));
  await supervisor.setQueues('a', [kept]);
  await supervisor.pause('b');

  const states: string[] = [];
  connections.health.onChange((state) => states.push(state));
  proxy.cut();
  await waitFor(() => states.includes('away'));
  await waitFor(() => connections.health.state === 'up');
  await waitFor(async () => (await broker.vhost.look(kept))?.consumers === 1);
  await broker.vhost.send(kept, [{ n: 1 }]);
  await waitFor(() => handled.has(`${kept} 1`));

  expect(await broker.vhost.look(left)).toMatchObject({ consumers: 0 });
  expect(await broker.vhost.look(pausedQueue)).toMatchObject({ consumers: 0 });
  await supervisor.resume('b');
  await waitFor(async () => (await broker.vhost.look(pausedQueue))?.consumers === 1);
});

it('takes up its work after every break; nothing is lost, all order within a queue holds but for repeats', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, numbers(600));
  const { proxy, connections } = await overProxy();
  const { supervisor, parking } = broker.consumers({ connection: connections.consume });
  const firsts: number[] = [];
  supervisor.register(
    { id: 'steady', contract: numbered, kind: 'batch', queues: [queue], batchSize: 20, batchWaitMs: 0 },
    {
      handleBatch: async (items: BatchItem<Numbered>[]) => {
        for (const { message } of items) if (!firsts.includes(message.n)) firsts.push(message.n);
        return items.map(() => done());
      },
    },
  );
  supervisor.start();
  for (const seen of [50, 150, 300]) {
    await waitFor(() => firsts.length >= seen);
    proxy.cut();
  }
  await waitFor(() => firsts.length === 600);
  expect(firsts).toEqual(numbers(600).map(({ n }) => n));
  expect(parking.rows).toEqual([]);
  await supervisor.stop();
  expect(await broker.leftIn(queue)).toBe(0);
});

it('leaves a paused queue unread, also by a consumer that gets it later, until it is paused no more', async () => {
  const [paused, read] = [await broker.queue(), await broker.queue()];
  const { supervisor } = broker.consumers();
  const handled: number[] = [];
  await supervisor.pauseQueues(new Set([paused]));
  supervisor.register(
    { id: 'pausing', contract: numbered, kind: 'single', queues: [paused] },
    { handle: async ({ n }: Numbered) => (handled.push(n), done()) },
  );
  supervisor.start();
  await supervisor.setQueues('pausing', [paused, read]);
  await broker.vhost.send(paused, [{ n: 1 }]);
  await broker.vhost.send(read, [{ n: 2 }]);
  await waitFor(() => handled.includes(2));
  expect((await broker.vhost.look(paused))?.consumers).toBe(0);
  await supervisor.pauseQueues(new Set());
  await waitFor(() => handled.includes(1));
  await supervisor.pauseQueues(new Set([paused, read]));
  expect(supervisor.states()[0]?.queues).toEqual([]);
});
