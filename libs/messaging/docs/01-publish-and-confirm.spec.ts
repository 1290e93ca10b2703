import { waitFor } from '@groundswell/testing';
import { Publisher } from '../src/index';
import { aMessage, useBroker } from '../test/use-broker';

/** 1. Publishing. A publish resolves once the broker has the message on disk, or says why it has not. */
const broker = useBroker();

it('confirms a message that a queue took', async () => {
  const queue = await broker.queue();
  const publisher = await broker.publisher();

  expect(await publisher.publish(aMessage({ routingKey: queue }))).toEqual({ status: 'confirmed' });
  expect(await broker.vhost.drain(queue)).toHaveLength(1);
});

it('sends plain JSON without a content type, persistent, with id, type, time and headers', async () => {
  const queue = await broker.queue();
  const publisher = await broker.publisher();

  await publisher.publish(
    aMessage({
      routingKey: queue,
      messageId: 'action:1:deliver:7',
      type: 'proca:action:2',
      timestamp: new Date('2026-01-02T03:04:05.678Z'),
      headers: { org_id: 7, org: 'greenorg' },
    }),
  );

  const [message] = await broker.vhost.drain(queue);
  expect(message?.content.toString()).toBe('{"n":1}');
  expect(message?.properties).toMatchObject({
    contentType: undefined,
    deliveryMode: 2,
    messageId: 'action:1:deliver:7',
    type: 'proca:action:2',
    timestamp: Date.parse('2026-01-02T03:04:05Z') / 1_000,
    headers: { org_id: 7, org: 'greenorg' },
  });
});

it('gives one result per message, in their order', async () => {
  const queue = await broker.queue();
  const publisher = await broker.publisher();

  const results = await publisher.publishAll([
    aMessage({ routingKey: queue }),
    aMessage({ routingKey: 'nowhere' }),
    aMessage({ routingKey: queue }),
  ]);

  expect(results.map(({ status }) => status)).toEqual(['confirmed', 'returned', 'confirmed']);
});

it('needs no broker to start, and publishes once there is one', async () => {
  const queue = await broker.queue();
  const publisher = new Publisher({ connection: broker.connect().publish });

  expect(await publisher.publish(aMessage({ routingKey: queue }))).toEqual({
    status: 'unavailable',
    reason: 'no_channel',
    maybeSent: false,
  });
  publisher.start();
  broker.afterwards(() => publisher.close());
  await waitFor(() => publisher.isReady);
  expect(await publisher.publish(aMessage({ routingKey: queue }))).toEqual({ status: 'confirmed' });
});

it('throws for a message that cannot be encoded: that is a mistake of the caller', async () => {
  const publisher = await broker.publisher();
  await expect(publisher.publish(aMessage({ routingKey: 'k'.repeat(300) }))).rejects.toThrow();
  expect(publisher.unconfirmedCount).toBe(0);
});
