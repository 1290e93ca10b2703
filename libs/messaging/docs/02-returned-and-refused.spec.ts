import { waitFor } from '@groundswell/testing';
import { aMessage, useBroker } from '../test/use-broker';

/** 2. What can go wrong with a publish, each a result and none a throw. Only `confirmed` means stored. */
const broker = useBroker();

it('returns a message that no queue takes, although the broker confirms it', async () => {
  const publisher = await broker.publisher();
  expect(await publisher.publish(aMessage({ routingKey: 'nowhere' }))).toEqual({
    status: 'returned',
    replyText: 'NO_ROUTE',
  });
});

it('tells returns apart when two messages share their id', async () => {
  const queue = await broker.queue();
  const publisher = await broker.publisher();
  const results = await Promise.all([
    publisher.publish(aMessage({ routingKey: 'nowhere', messageId: 'same' })),
    publisher.publish(aMessage({ routingKey: queue, messageId: 'same' })),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['returned', 'confirmed']);
});

it('does not ask for a return when the message may go nowhere', async () => {
  const publisher = await broker.publisher();
  expect(await publisher.publish(aMessage({ routingKey: 'nowhere', mandatory: false }))).toEqual({
    status: 'confirmed',
  });
});

it('reopens its channel alone after a missing exchange closed it: the connection stays', async () => {
  const queue = await broker.queue();
  const connections = broker.connect();
  const states: string[] = [];
  connections.publish.onChange((state) => states.push(state));
  const publisher = await broker.publisher({ connection: connections.publish });

  expect(await publisher.publish(aMessage({ exchange: 'no-such-exchange', routingKey: 'k' }))).toEqual({
    status: 'unavailable',
    reason: 'no_channel',
    maybeSent: true,
  });
  await waitFor(() => publisher.isReady);
  expect(await publisher.publish(aMessage({ routingKey: queue }))).toEqual({ status: 'confirmed' });
  expect(states).toEqual(['up']);
});

it('says nacked when a full queue refuses', async () => {
  await broker.vhost.channel.assertQueue('full', {
    durable: true,
    arguments: { 'x-queue-type': 'quorum', 'x-max-length': 1, 'x-overflow': 'reject-publish' },
  });
  await broker.vhost.channel.bindQueue('full', 'ingest', 'full');
  const publisher = await broker.publisher();
  const nacked = await waitFor(async () => {
    const result = await publisher.publish(aMessage({ routingKey: 'full' }));
    return result.status === 'unavailable' && result;
  });
  expect(nacked).toEqual({ status: 'unavailable', reason: 'nacked', maybeSent: true });
});

it('refuses at once beyond its limit of messages on their way, and of bytes', async () => {
  const queue = await broker.queue();
  const publisher = await broker.publisher({ maxUnconfirmed: 3, maxUnconfirmedBytes: 1_000 });

  const tooMany = await publisher.publishAll(Array.from({ length: 5 }, () => aMessage({ routingKey: queue })));
  expect(tooMany.map((result) => (result.status === 'unavailable' ? result.reason : result.status))).toEqual([
    'confirmed',
    'confirmed',
    'confirmed',
    'too_many_unconfirmed',
    'too_many_unconfirmed',
  ]);

  const body = Buffer.alloc(600, 'x');
  const tooLarge = await publisher.publishAll([
    aMessage({ routingKey: queue, body }),
    aMessage({ routingKey: queue, body }),
  ]);
  expect(tooLarge.map(({ status }) => status)).toEqual(['confirmed', 'unavailable']);

  const alone = await publisher.publish(aMessage({ routingKey: queue, body: Buffer.alloc(5_000, 'x') }));
  expect(alone).toEqual({ status: 'confirmed' });
});

it('is back at once when the broker breaks a connection that was well, and says so', async () => {
  const queue = await broker.queue();
  const connections = broker.connect({ serviceName: 'breaking', reconnect: { firstMs: 600_000, maxMs: 600_000 } });
  const publisher = await broker.publisher({ connection: connections.publish });
  let channels = 0;
  let refused = 0;
  publisher.onChannel(() => (channels += 1));
  connections.publish.onChange((state) => {
    if (state !== 'away') return;
    void publisher.publish(aMessage({ routingKey: queue })).then((result) => {
      if (result.status === 'unavailable' && result.reason === 'no_channel') refused += 1;
    });
  });
  // A connection that lived for a second was well.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await waitFor(async () => (await broker.vhost.closeConnections('breaking publish')) > 0);

  await waitFor(() => channels === 1);
  expect(refused).toBe(1);
  expect(await publisher.publish(aMessage({ routingKey: queue }))).toEqual({ status: 'confirmed' });
});

it('after close takes nothing more', async () => {
  const publisher = await broker.publisher();
  await publisher.close();
  expect(await publisher.publish(aMessage({ routingKey: 'k' }))).toEqual({
    status: 'unavailable',
    reason: 'closed',
    maybeSent: false,
  });
});
