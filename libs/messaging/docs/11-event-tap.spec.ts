import { RabbitProxy, waitFor } from '@groundswell/testing';
import { EventTap } from '../src/index';
import { aMessage, numbered, recordingLogger, useBroker } from '../test/use-broker';

/** 11. Hearing events while a process lives, every replica all of them: for caches and fan-out, never for what must not be
 *  lost. After a reconnect `onOpen` is the moment to read anew. */
const broker = useBroker();

const event = (key: string, n: unknown) =>
  aMessage({ exchange: 'event', routingKey: key, body: JSON.stringify({ n }), mandatory: false });

it('gives every listener every event of its keys', async () => {
  const publisher = await broker.publisher();
  const heard: string[] = [];
  const taps = ['a', 'b'].map((name) => {
    const tap = new EventTap({
      connection: broker.connect().consume,
      serviceName: 'gateway',
      keys: ['catalogue.#'],
      contract: numbered,
      onEvent: ({ n }, { routingKey }) => void heard.push(`${name} ${routingKey} ${n}`),
    });
    tap.start();
    broker.afterwards(() => tap.stop());
    return tap;
  });
  await waitFor(() => taps.every((tap) => tap.isOpen));

  await publisher.publishAll([event('other.thing', 0), event('catalogue.page', 1)]);
  await waitFor(() => heard.length === 2);
  expect(heard.sort()).toEqual(['a catalogue.page 1', 'b catalogue.page 1']);
});

it('passes over what it cannot read, without quoting it', async () => {
  const publisher = await broker.publisher();
  const logger = recordingLogger();
  const heard: number[] = [];
  const tap = new EventTap({
    connection: broker.connect().consume,
    serviceName: 'gateway',
    keys: ['#'],
    contract: numbered,
    onEvent: ({ n }) => void heard.push(n),
    logger,
  });
  tap.start();
  broker.afterwards(() => tap.stop());
  await waitFor(() => tap.isOpen);

  await publisher.publishAll([event('k', 'a@b.org'), event('k', 2)]);
  await waitFor(() => heard.length === 1);
  expect(logger.lines.filter(({ text }) => text === 'event not understood')).toHaveLength(1);
  expect(JSON.stringify(logger.lines)).not.toContain('a@b.org');
});

it('listens again after a reconnect and says so', async () => {
  const publisher = await broker.publisher();
  const proxy = await RabbitProxy.start(broker.vhost.amqpUrl);
  broker.afterwards(() => proxy.close());
  const opened: boolean[] = [];
  const heard: number[] = [];
  const tap = new EventTap({
    connection: broker.connect({ urls: proxy.amqpUrl }).consume,
    serviceName: 'gateway',
    keys: ['#'],
    contract: numbered,
    onEvent: ({ n }) => void heard.push(n),
    onOpen: (isFirst) => void opened.push(isFirst),
  });
  tap.start();
  broker.afterwards(() => tap.stop());
  await waitFor(() => opened.length === 1);
  proxy.cut();
  await waitFor(() => opened.length === 2);
  expect(opened).toEqual([true, false]);
  await publisher.publish(event('k', 3));
  await waitFor(() => heard.includes(3));
});
