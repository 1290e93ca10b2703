import { randomBytes } from 'node:crypto';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { BackoffOptions } from '../backoff';
import { describeError, type Logger } from '../logger';
import { closeQuietly, KeptChannel } from './kept-channel';
import type { RabbitConnection } from './rabbit-connection';

export interface OwnQueueOptions {
  connection: RabbitConnection;
  /** "reply.action-ingest": a random ending is added for every life of the queue, since the broker may hold the name of the
   *  last one until it notices that its connection is gone. */
  namePrefix: string;
  exchange: string;
  /** Routing keys to bind; gets the queue's name. */
  keysOf(queue: string): readonly string[];
  onMessage(message: ConsumeMessage, queue: string): void;
  /** The queue is bound and consumed: from here on nothing is missed until it is lost again. */
  onOpen?(isFirst: boolean): void;
  onLost?(): void;
  retry?: BackoffOptions;
  logger: Logger;
}

/** An exclusive auto-delete queue of this process, made again after every reconnect. Best effort: what is sent while it is
 *  away is gone, and nothing is acked. */
export class OwnQueue {
  private queue: string | undefined;
  private hasOpened = false;
  private readonly kept: KeptChannel<Channel>;

  constructor(private readonly options: OwnQueueOptions) {
    this.kept = new KeptChannel<Channel>({
      connection: options.connection,
      open: (model) => model.createChannel(),
      setUp: (channel) => this.setUp(channel),
      onOpen: () => {
        const isFirst = !this.hasOpened;
        this.hasOpened = true;
        options.onOpen?.(isFirst);
      },
      onClosed: (_channel, cause) => {
        if (this.queue === undefined) return;
        this.queue = undefined;
        if (cause) options.logger.warn({ prefix: options.namePrefix, ...describeError(cause) }, 'own queue lost');
        options.onLost?.();
      },
      onFailed: (error) =>
        options.logger.warn({ prefix: options.namePrefix, ...describeError(error) }, 'own queue not made'),
      retry: options.retry,
    });
  }

  /** Undefined while there is none. */
  get name(): string | undefined {
    return this.kept.channel ? this.queue : undefined;
  }

  start(): void {
    this.kept.start();
  }

  stop(): Promise<void> {
    return this.kept.stop();
  }

  private async setUp(channel: Channel): Promise<void> {
    const queue = `${this.options.namePrefix}.${randomBytes(9).toString('hex')}`;
    await channel.assertQueue(queue, { exclusive: true, autoDelete: true, durable: false });
    for (const key of this.options.keysOf(queue)) await channel.bindQueue(queue, this.options.exchange, key);
    this.queue = queue;
    await channel.consume(
      queue,
      (message) => {
        if (message) this.options.onMessage(message, queue);
        else void closeQuietly(channel);
      },
      { noAck: true, exclusive: true },
    );
  }
}
