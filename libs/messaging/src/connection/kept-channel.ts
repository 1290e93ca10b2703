import type { Channel, ChannelModel } from 'amqplib';
import { Backoff, type BackoffOptions } from '../backoff';
import { settledWithin } from '../deadline';
import type { RabbitConnection } from './rabbit-connection';

export interface KeptChannelOptions<C extends Channel> {
  connection: RabbitConnection;
  open(model: ChannelModel): Promise<C>;
  /** Declares, binds, consumes. When it throws, the channel is closed and all is tried again after a pause. */
  setUp?(channel: C): Promise<void>;
  onOpen?(channel: C): void;
  /** The channel is gone, on purpose or not; what was unacked on it goes back to its queue. */
  onClosed?(channel: C, cause: Error | undefined): void;
  onFailed?(error: unknown): void;
  /** Pauses between attempts while the connection is up. Default: 100 ms doubling to 5 s. */
  retry?: BackoffOptions;
}

const CLOSE_LIMIT_MS = 1_000;
/** A channel that lived this long was fine: its successor is opened at once. */
const HEALTHY_AFTER_MS = 1_000;

/** Keeps one raw channel open on a supervised connection and reopens it alone. A missing queue or exchange closes the
 *  channel that named it, and nothing else. Once stopped it stays closed, whatever the connection does. */
export class KeptChannel<C extends Channel> {
  private live: C | undefined;
  private isWanted = false;
  private opening: Promise<void> | undefined;
  private retryTimer: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;
  private readonly backoff: Backoff;

  constructor(private readonly options: KeptChannelOptions<C>) {
    this.backoff = new Backoff(options.retry ?? { firstMs: 100, maxMs: 5_000 });
  }

  get channel(): C | undefined {
    return this.live;
  }

  start(): void {
    if (this.isWanted) return;
    this.isWanted = true;
    this.stopListening = this.options.connection.onChange((state) => {
      if (state === 'up') this.attempt();
    });
    this.attempt();
  }

  /** Closes without cancelling consumers, so that unacked messages go back in their order. */
  async stop(): Promise<void> {
    this.isWanted = false;
    this.stopListening?.();
    clearTimeout(this.retryTimer);
    if (this.opening) await settledWithin(this.opening, CLOSE_LIMIT_MS);
    const channel = this.live;
    if (channel) await closeQuietly(channel);
  }

  /** Opens a new channel in place of the present one, which is handed over: whoever takes it closes it. */
  detach(): C | undefined {
    const channel = this.live;
    this.live = undefined;
    this.attempt();
    return channel;
  }

  private attempt(): void {
    clearTimeout(this.retryTimer);
    const model = this.options.connection.model;
    if (!this.isWanted || this.live || this.opening || !model) return;
    this.opening = this.openOn(model).finally(() => {
      this.opening = undefined;
      // The connection may have come back while this attempt was still failing on the old one.
      if (!this.live && this.options.connection.model !== model) this.attempt();
    });
  }

  private async openOn(model: ChannelModel): Promise<void> {
    let channel: C | undefined;
    let cause: Error | undefined;
    let isClosed = false;
    try {
      channel = await this.options.open(model);
      const opened = channel;
      const openedAt = Date.now();
      opened.on('error', (error: Error) => (cause = error));
      opened.on('close', () => {
        isClosed = true;
        this.onClosed(opened, cause, Date.now() - openedAt);
      });
      await this.options.setUp?.(opened);
      if (isClosed || this.options.connection.model !== model) throw cause ?? new Error('channel closed while opening');
      if (!this.isWanted) return await closeQuietly(opened);
      this.live = opened;
      this.options.onOpen?.(opened);
    } catch (error) {
      if (channel && !isClosed) await closeQuietly(channel);
      if (!this.isWanted) return;
      this.options.onFailed?.(cause ?? error);
      this.retryLater(this.backoff.nextMs());
    }
  }

  private onClosed(channel: C, cause: Error | undefined, livedMs: number): void {
    const wasLive = this.live === channel;
    if (wasLive) this.live = undefined;
    this.options.onClosed?.(channel, cause);
    if (!wasLive || !this.isWanted) return;
    if (livedMs >= HEALTHY_AFTER_MS) this.backoff.reset();
    this.retryLater(livedMs >= HEALTHY_AFTER_MS ? 0 : this.backoff.nextMs());
  }

  private retryLater(pauseMs: number): void {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.attempt(), pauseMs);
  }
}

/** Closes a channel whatever state it or its connection is in. */
export const closeQuietly = async (channel: Channel): Promise<void> => {
  // amqplib throws when the channel or its connection is closed already, which is what is wanted here.
  await settledWithin(
    Promise.resolve().then(() => channel.close()),
    CLOSE_LIMIT_MS,
  );
};
