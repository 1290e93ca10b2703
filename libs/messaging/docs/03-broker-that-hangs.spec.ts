import { RabbitProxy, waitFor } from '@groundswell/testing';
import type { PublishResult } from '../src/index';
import { aMessage, useBroker } from '../test/use-broker';

/** 3. A broker that neither confirms nor closes, and one under an alarm. Publishes fail fast, and none is kept in memory. */
const broker = useBroker();

const reasonOf = (result: PublishResult): string => (result.status === 'unavailable' ? result.reason : result.status);

const throughProxy = async () => {
  const proxy = await RabbitProxy.start(broker.vhost.amqpUrl);
  broker.afterwards(() => proxy.close());
  const connections = broker.connect({ urls: proxy.amqpUrl, heartbeatSeconds: 30 });
  return { proxy, connections };
};

const impatient = { confirmTimeoutMs: 100, suspectAfterTimeouts: 3, probePause: { firstMs: 50, maxMs: 50 } };

it('times out, then refuses at once, then heals by a probe and a trial', async () => {
  const queue = await broker.queue();
  const { proxy, connections } = await throughProxy();
  const publisher = await broker.publisher({ ...impatient, connection: connections.publish });
  proxy.freeze();

  const timedOut = await publisher.publishAll(Array.from({ length: 3 }, () => aMessage({ routingKey: queue })));
  expect(timedOut).toEqual(
    Array.from({ length: 3 }, () => ({ status: 'unavailable', reason: 'timeout', maybeSent: true })),
  );

  expect(await publisher.publish(aMessage({ routingKey: queue }))).toEqual({
    status: 'unavailable',
    reason: 'suspect',
    maybeSent: false,
  });
  expect(publisher.isReady).toBe(false);

  proxy.thaw();
  await waitFor(async () => (await publisher.publish(aMessage({ routingKey: queue }))).status === 'confirmed');
  expect(publisher.isReady).toBe(true);
});

it.each([
  ['many messages', 3],
  ['a single one', 1],
])('takes a new connection when the broker leaves the present one unread, noticed by %s', async (_case, count) => {
  const queue = await broker.queue();
  const { proxy, connections } = await throughProxy();
  const publisher = await broker.publisher({ ...impatient, connection: connections.publish });
  const states: string[] = [];
  connections.publish.onChange((state) => states.push(state));
  proxy.freezePresent();

  const timedOut = await publisher.publishAll(Array.from({ length: count }, () => aMessage({ routingKey: queue })));
  expect(timedOut.map(reasonOf)).toEqual(Array.from({ length: count }, () => 'timeout'));

  await waitFor(async () => (await publisher.publish(aMessage({ routingKey: queue }))).status === 'confirmed');
  expect(states.slice(0, 2)).toEqual(['away', 'up']);
});

it('refuses while the broker has an alarm, and goes on after it', async () => {
  const queue = await broker.queue();
  const { proxy, connections } = await throughProxy();
  const publisher = await broker.publisher({ connection: connections.publish });
  await waitFor(() => connections.health.state === 'up');
  const states: string[] = [];
  connections.health.onChange((state) => states.push(state));

  proxy.block();
  await waitFor(() => connections.health.publishing === 'blocked' && connections.health.consuming === 'blocked');
  expect(reasonOf(await publisher.publish(aMessage({ routingKey: queue })))).toBe('blocked');

  proxy.unblock();
  await waitFor(() => connections.health.state === 'up');
  expect(await publisher.publish(aMessage({ routingKey: queue }))).toEqual({ status: 'confirmed' });
  expect(states).toEqual(['blocked', 'up']);
});

it('notices a silent broker by its heartbeat and comes back when it is there again', async () => {
  const queue = await broker.queue();
  const proxy = await RabbitProxy.start(broker.vhost.amqpUrl);
  broker.afterwards(() => proxy.close());
  const connections = broker.connect({ urls: proxy.amqpUrl, heartbeatSeconds: 1, connectTimeoutMs: 2_000 });
  const publisher = await broker.publisher({ connection: connections.publish });

  proxy.freeze();
  await waitFor(() => connections.health.publishing === 'away');
  expect(reasonOf(await publisher.publish(aMessage({ routingKey: queue })))).toBe('no_channel');

  proxy.thaw();
  await waitFor(async () => (await publisher.publish(aMessage({ routingKey: queue }))).status === 'confirmed');
});

it('keeps trying while the broker is away and tells every change', async () => {
  const { proxy, connections } = await throughProxy();
  await waitFor(() => connections.health.state === 'up');
  const states: string[] = [];
  connections.health.onChange((state) => states.push(state));

  proxy.refuse();
  await waitFor(() => connections.health.publishing === 'away' && connections.health.consuming === 'away');
  proxy.accept();
  await waitFor(() => connections.health.state === 'up');
  expect(states).toEqual(['away', 'up']);
});
