import type { Channel, ConsumeMessage } from 'amqplib';
import type { BackoffOptions } from '../backoff';
import { closeQuietly, KeptChannel } from '../connection/kept-channel';
import type { RabbitConnection } from '../connection/rabbit-connection';
import { describeError, type Logger } from '../logger';
import { AckLedger } from './ack-ledger';
import { type Delivery, ISOLATION_SIZE } from './batch-run';

/** connecting: no channel yet. consuming: messages may come. missing: the queue does not exist (yet). refused: the broker
 *  does not let us, see the log. closed: on purpose. */
export type QueueState = 'connecting' | 'consuming' | 'missing' | 'refused' | 'closed';

export interface QueueReaderOptions {
  queue: string;
  consumerId: string;
  connection: RabbitConnection;
  prefetch: number;
  retry: BackoffOptions;
  logger: Logger;
  /** A message of that many bytes came. */
  onSize(bytes: number): void;
  /** Messages came, or places became free. */
  onReady(): void;
}

/** One channel's life: what came on it can be acked on it only. */
class ChannelSession {
  readonly ledger = new AckLedger();
  /** Delivered and not acked. */
  outstanding = 0;

  constructor(readonly channel: Channel) {}
}

export interface QueueDelivery extends Delivery {
  readonly reader: QueueReader;
  readonly session: ChannelSession;
}

interface Suspect {
  delivery: QueueDelivery;
  aloneBefore: number;
  dueAt: number;
}

const NOT_FOUND = 404;

const bytesOf = (deliveries: readonly QueueDelivery[]): number =>
  deliveries.reduce((sum, { message }) => sum + message.content.length, 0);

/** Reads one queue on a channel of its own and keeps what came, in order, until a batch takes it. */
export class QueueReader {
  readonly queue: string;
  /** Some of its messages are in a batch. */
  isBusy = false;
  /** No batch may take from it any more. */
  isLeaving = false;
  state: QueueState = 'closed';
  /** Of the bodies that wait. */
  readyBytes = 0;
  private ready: QueueDelivery[] = [];
  private suspects: Suspect[] = [];
  private session: ChannelSession | undefined;
  private consumerTag: string | undefined;
  private wantedPrefetch: number;
  private activePrefetch = 0;
  private isRetuning = false;
  private freed: (() => void)[] = [];
  private readonly kept: KeptChannel<Channel>;

  constructor(private readonly options: QueueReaderOptions) {
    this.queue = options.queue;
    this.wantedPrefetch = options.prefetch;
    this.kept = new KeptChannel<Channel>({
      connection: options.connection,
      open: (model) => model.createChannel(),
      setUp: (channel) => this.setUp(channel),
      onOpen: () => this.onOpen(),
      onClosed: (channel, cause) => this.onClosed(channel, cause),
      onFailed: (error) => this.onFailed(error),
      retry: options.retry,
    });
  }

  open(): void {
    this.isLeaving = false;
    if (this.state === 'closed') this.state = 'connecting';
    this.kept.start();
  }

  /** Closes the channel without cancelling: what was not acked goes back to the queue in its order. */
  async close(): Promise<void> {
    this.state = 'closed';
    this.isLeaving = true;
    await this.kept.stop();
  }

  /** Resolves once no batch holds any of its messages. */
  whenFree(): Promise<void> {
    return this.isBusy ? new Promise((resolve) => this.freed.push(resolve)) : Promise.resolve();
  }

  release(): void {
    this.isBusy = false;
    for (const callback of this.freed.splice(0)) callback();
  }

  get readyCount(): number {
    return this.ready.length;
  }

  get head(): QueueDelivery | undefined {
    return this.ready[0];
  }

  get tail(): QueueDelivery | undefined {
    return this.ready[this.ready.length - 1];
  }

  /** When the suspect that waits longest may run. */
  get suspectDueAt(): number | undefined {
    return this.suspects[0]?.dueAt;
  }

  /** From the head, while they are first deliveries and fit. At least one if `isFirst`. */
  takeFresh(maxCount: number, maxBytes: number, isFirst: boolean): QueueDelivery[] {
    let count = 0;
    let bytes = 0;
    for (const { message } of this.ready) {
      bytes += message.content.length;
      const fits = bytes <= maxBytes || (isFirst && count === 0);
      if (count === maxCount || message.fields.redelivered || !fits) break;
      count += 1;
    }
    return this.take(count);
  }

  takeRedelivered(): QueueDelivery[] {
    let count = 0;
    while (count < ISOLATION_SIZE && this.ready[count]?.message.fields.redelivered) count += 1;
    return this.take(count);
  }

  setAside(delivery: QueueDelivery, aloneBefore: number, dueAt: number): void {
    if (delivery.session !== this.session) return;
    this.suspects.push({ delivery, aloneBefore, dueAt });
    this.suspects.sort((a, b) => a.dueAt - b.dueAt);
  }

  takeSuspect(): Suspect | undefined {
    return this.suspects.shift();
  }

  /** Acks messages of a batch. One whose channel is gone is on its way back to the queue already. */
  settle(deliveries: QueueDelivery[]): void {
    const { session } = this;
    if (!session) return;
    const tags = deliveries.filter((d) => d.session === session).map((d) => d.message.fields.deliveryTag);
    session.outstanding -= tags.length;
    try {
      for (const { tag, allUpTo } of session.ledger.settle(tags)) {
        session.channel.ack({ fields: { deliveryTag: tag } } as ConsumeMessage, allUpTo);
      }
    } catch (error) {
      this.options.logger.debug({ queue: this.queue, ...describeError(error) }, 'ack lost: the channel is closing');
    }
    this.resumeAfterRetuning();
  }

  /** Changes the prefetch without giving anything back: stops the flow, lets what is here drain, consumes anew. */
  setPrefetch(prefetch: number): void {
    this.wantedPrefetch = prefetch;
    const channel = this.kept.channel;
    if (!channel || prefetch === this.activePrefetch || this.isRetuning || !this.consumerTag) return;
    this.isRetuning = true;
    channel.cancel(this.consumerTag).then(
      () => {
        this.consumerTag = undefined;
        this.resumeAfterRetuning();
      },
      (error: unknown) => this.options.logger.debug(describeError(error), 'cancel lost: the channel is closing'),
    );
  }

  private take(count: number): QueueDelivery[] {
    const taken = this.ready.splice(0, count);
    this.readyBytes -= bytesOf(taken);
    return taken;
  }

  private async setUp(channel: Channel): Promise<void> {
    this.isRetuning = false;
    this.session = new ChannelSession(channel);
    await channel.checkQueue(this.queue);
    await this.consume(this.session);
  }

  private async consume(session: ChannelSession): Promise<void> {
    const prefetch = this.wantedPrefetch;
    await session.channel.prefetch(prefetch);
    const { consumerTag } = await session.channel.consume(this.queue, (message) => this.onMessage(session, message));
    this.activePrefetch = prefetch;
    this.consumerTag = consumerTag;
  }

  private onMessage(session: ChannelSession, message: ConsumeMessage | null): void {
    if (!message) {
      // The broker cancelled us: the queue was deleted or lost its node. Start over, waiting for it if need be.
      void closeQuietly(session.channel);
      return;
    }
    session.outstanding += 1;
    this.ready.push({ reader: this, session, queue: this.queue, message, receivedAt: new Date() });
    this.readyBytes += message.content.length;
    this.options.onSize(message.content.length);
    this.options.onReady();
  }

  private onOpen(): void {
    if (this.state === 'missing') this.options.logger.info(this.fields(), 'queue is there now');
    this.state = 'consuming';
    this.options.onReady();
    this.setPrefetch(this.wantedPrefetch);
  }

  private onClosed(channel: Channel, cause: Error | undefined): void {
    this.ready = this.ready.filter((delivery) => delivery.session.channel !== channel);
    this.readyBytes = bytesOf(this.ready);
    this.suspects = this.suspects.filter(({ delivery }) => delivery.session.channel !== channel);
    if (this.session?.channel === channel) this.session = undefined;
    this.consumerTag = undefined;
    this.isRetuning = false;
    if (this.state === 'consuming') this.state = 'connecting';
    if (cause && (cause as { code?: number }).code !== NOT_FOUND) {
      this.options.logger.warn({ ...this.fields(), ...describeError(cause) }, 'consumer channel closed by the broker');
    }
  }

  private onFailed(error: unknown): void {
    const isMissing = (error as { code?: number }).code === NOT_FOUND;
    const isAway = this.options.connection.state === 'away';
    const state: QueueState = isMissing ? 'missing' : isAway ? 'connecting' : 'refused';
    if (this.state === state || this.state === 'closed') return;
    this.state = state;
    if (isMissing) this.options.logger.warn(this.fields(), 'queue does not exist: waiting for it');
    else this.options.logger.warn({ ...this.fields(), ...describeError(error) }, 'consumer did not start');
  }

  private resumeAfterRetuning(): void {
    const { session } = this;
    if (!this.isRetuning || this.consumerTag !== undefined || !session || session.outstanding > 0) return;
    this.isRetuning = false;
    this.consume(session).then(
      () => this.setPrefetch(this.wantedPrefetch),
      (error: unknown) => this.options.logger.debug(describeError(error), 'consume lost: the channel is closing'),
    );
  }

  private fields(): Record<string, unknown> {
    return { consumer: this.options.consumerId, queue: this.queue };
  }
}
