import { EventEmitter } from 'node:events';
import type { RabbitConnection } from '../connection/rabbit-connection';
import type { OutgoingMessage } from './outgoing-message';
import { Publisher } from './publisher';

type Confirm = (error: unknown) => void;

/** A confirm channel that answers when told to. */
class FakeChannel extends EventEmitter {
  readonly confirms: Confirm[] = [];
  isClosed = false;

  publish(_exchange: string, _key: string, _body: Buffer, _properties: unknown, confirm: Confirm): boolean {
    this.confirms.push(confirm);
    return true;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.emit('close');
  }
}

/** After a timeout: a second, moved by up to a fifth. */
const probedWithinMs = 1_300;

const message: OutgoingMessage = { exchange: 'ingest', routingKey: '3', body: '{}', messageId: 'm' };

const setUp = async () => {
  const channels: FakeChannel[] = [];
  const model = {
    createConfirmChannel: async () => {
      channels.push(new FakeChannel());
      return channels.at(-1);
    },
  };
  const renewals: string[] = [];
  const renew = (reason: string) => void renewals.push(reason);
  const connection = { state: 'up', model, renew, onChange: () => () => undefined } as unknown as RabbitConnection;
  const publisher = new Publisher({ connection });
  publisher.start();
  await jest.advanceTimersByTimeAsync(1);
  const channel = (index: number): FakeChannel => channels[index] as FakeChannel;
  return { publisher, channel, channels, renewals };
};

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

it('takes a confirm that comes late for no answer at all: the result was given', async () => {
  const { publisher, channel } = await setUp();
  const result = publisher.publish(message);
  await jest.advanceTimersByTimeAsync(2_001);
  expect(await result).toEqual({ status: 'unavailable', reason: 'timeout', maybeSent: true });
  channel(0).confirms[0]?.(null);
  expect(publisher.unconfirmedCount).toBe(0);
});

it('replaces a channel on which a message is stuck while others go through', async () => {
  const { publisher, channel, channels } = await setUp();
  const stuck = publisher.publish(message);
  await jest.advanceTimersByTimeAsync(2_001);
  expect(await stuck).toMatchObject({ reason: 'timeout' });

  for (let second = 0; second < 11; second += 1) {
    const result = publisher.publish(message);
    channel(0).confirms.at(-1)?.(null);
    expect(await result).toEqual({ status: 'confirmed' });
    await jest.advanceTimersByTimeAsync(1_000);
  }

  expect(channels).toHaveLength(2);
  await jest.advanceTimersByTimeAsync(3_000);
  expect(channel(0).isClosed).toBe(true);
  const onTheNewOne = publisher.publish(message);
  channel(1).confirms.at(-1)?.(null);
  expect(await onTheNewOne).toEqual({ status: 'confirmed' });
});

it('keeps its channel when the confirms only came late', async () => {
  const { publisher, channel, channels } = await setUp();
  const late = publisher.publish(message);
  await jest.advanceTimersByTimeAsync(2_001);
  await late;
  channel(0).confirms[0]?.(null);
  await jest.advanceTimersByTimeAsync(20_000);
  const result = publisher.publish(message);
  channel(0).confirms.at(-1)?.(null);
  expect(await result).toEqual({ status: 'confirmed' });
  expect(channels).toHaveLength(1);
});

it('asks after a timeout whether the connection is still read, and takes a new one when nothing answers', async () => {
  const { publisher, channel, renewals } = await setUp();
  const stuck = publisher.publish(message);
  await jest.advanceTimersByTimeAsync(2_001);
  await stuck;
  await jest.advanceTimersByTimeAsync(probedWithinMs);
  expect(channel(0).confirms).toHaveLength(2);
  await jest.advanceTimersByTimeAsync(1_400);
  expect(renewals).toEqual([]);
  await jest.advanceTimersByTimeAsync(600);
  expect(renewals).toEqual(['nothing is confirmed, a probe neither']);
});

it.each([
  ['the probe', 1],
  ['a late confirm', 0],
])('keeps its connection when %s is answered', async (_case, answered) => {
  const { publisher, channel, renewals } = await setUp();
  const stuck = publisher.publish(message);
  await jest.advanceTimersByTimeAsync(2_001);
  await stuck;
  await jest.advanceTimersByTimeAsync(probedWithinMs);
  expect(channel(0).confirms).toHaveLength(2);
  channel(0).confirms[answered]?.(null);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(renewals).toEqual([]);
  expect(channel(0).confirms).toHaveLength(2);
});
