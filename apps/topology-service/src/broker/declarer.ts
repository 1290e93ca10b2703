import type { Channel } from 'amqplib';
import type { RabbitConnection } from '@groundswell/messaging';
import { queueArguments } from '../desired/queue-arguments';
import type { Exchange } from '../desired/system-topology';
import type { Binding } from '@groundswell/contracts';
import { BrokerAwayError } from './broker-away.error';
import { closeQuietly } from './close-quietly';
import type { FoundBinding } from './broker-view';

/** Codes by which the broker refuses one declaration and closes its channel; everything else is about the connection. */
const refusals: Record<number, string> = {
  403: 'access refused',
  404: 'not found',
  405: 'locked by another connection',
  406: 'exists with other properties',
};

/** Changes on the broker that go through AMQP, one after the other on one channel. A refusal is told, not thrown; it costs
 *  the channel, so the next step opens another. Throws BrokerAwayError. Each step may be repeated. */
export class Declarer {
  private channel: Channel | undefined;

  constructor(
    private readonly connection: RabbitConnection,
    /** Longest one step may take, ms: without a majority a quorum queue is never declared and nobody says so. */
    private readonly stepTimeoutMs: number,
  ) {}

  declareExchange({ name, type, arguments: args }: Exchange): Promise<string | null> {
    return this.step((channel) => channel.assertExchange(name, type, { durable: true, arguments: args }));
  }

  declareQueue(queue: string): Promise<string | null> {
    return this.step((channel) => channel.assertQueue(queue, { durable: true, arguments: queueArguments(queue) }));
  }

  bind({ queue, exchange, key }: Binding): Promise<string | null> {
    return this.step((channel) => channel.bindQueue(queue, exchange, key));
  }

  unbind({ queue, exchange, key, arguments: args }: FoundBinding): Promise<string | null> {
    return this.step((channel) => channel.unbindQueue(queue, exchange, key, args));
  }

  /** Deletes it when no message is ready and nobody reads; true when it is gone. Quorum queues refuse the broker's own
   *  if-empty and if-unused (and close the whole connection), so the caller sees to it that nothing can arrive between. */
  async deleteIfIdle(queue: string): Promise<boolean> {
    let isIdle = false;
    const refusal = await this.step(async (channel) => {
      const { messageCount, consumerCount } = await channel.checkQueue(queue);
      isIdle = messageCount === 0 && consumerCount === 0;
      if (isIdle) await channel.deleteQueue(queue);
    });
    return refusal === refusals[404] || (refusal === null && isIdle);
  }

  async close(): Promise<void> {
    const channel = this.channel;
    this.channel = undefined;
    if (channel) await closeQuietly(channel);
  }

  private async step(work: (channel: Channel) => Promise<unknown>): Promise<string | null> {
    const channel = await this.openChannel();
    try {
      await this.inTime(work(channel));
      return null;
    } catch (error) {
      this.channel = undefined;
      const refusal = refusals[Number((error as { code?: unknown }).code)];
      if (refusal) return refusal;
      // Late or broken: whatever it still does, it does on a channel nobody uses.
      void closeQuietly(channel);
      throw error instanceof BrokerAwayError ? error : new BrokerAwayError(messageOf(error), { cause: error });
    }
  }

  private async openChannel(): Promise<Channel> {
    if (this.channel) return this.channel;
    const { model } = this.connection;
    if (!model) throw new BrokerAwayError('no connection');
    try {
      const channel = await this.inTime(model.createChannel());
      channel.on('error', () => undefined);
      channel.on('close', () => {
        if (this.channel === channel) this.channel = undefined;
      });
      this.channel = channel;
      return channel;
    } catch (error) {
      throw error instanceof BrokerAwayError ? error : new BrokerAwayError(messageOf(error), { cause: error });
    }
  }

  private async inTime<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new BrokerAwayError('no answer in time')), this.stepTimeoutMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
