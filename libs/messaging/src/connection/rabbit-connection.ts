import type { Duplex } from 'node:stream';
import type { ChannelModel } from 'amqplib';
import { AmqpConnectionManagerClass as ConnectionManager } from 'amqp-connection-manager';
import { Backoff, type BackoffOptions } from '../backoff';
import { settledWithin } from '../deadline';
import { describeError, type Logger, silentLogger } from '../logger';

/** up: usable. blocked: the broker has a memory or disk alarm and takes no publishes. away: no connection. */
export type BrokerState = 'up' | 'blocked' | 'away';

export interface RabbitConnectionOptions {
  /** Shown in the broker's list of connections and in log lines, e.g. "action-ingest publish". */
  name: string;
  urls: string | string[];
  /** PEM texts for `amqps:`: who may have signed the broker's certificate, and the one shown to it. */
  tls?: { ca?: string | Buffer; cert?: string | Buffer; key?: string | Buffer };
  /** Default: 5 s, doubling to 300 s. */
  reconnect?: BackoffOptions;
  /** Default 2: a silent broker is noticed after about two of them. */
  heartbeatSeconds?: number;
  /** Default 3000. */
  connectTimeoutMs?: number;
  logger?: Logger;
}

const CLOSE_LIMIT_MS = 2_000;
/** A connection that lived this long was fine: the broker ended it alone, as RabbitMQ does when a queue goes under a publish. */
const HEALTHY_AFTER_MS = 1_000;
/** Its successor is tried for after this pause, once; what everybody publishes waits for it (docs/adr/0013). */
const AT_ONCE: BackoffOptions = { firstMs: 5, maxMs: 10 };

/** One supervised connection. It reconnects for ever; channels are opened on `model` by whoever needs one, because the
 *  manager's own channel wrapper buffers without limit and lets one missing queue take the connection down. */
export class RabbitConnection {
  readonly name: string;
  private readonly manager: ConnectionManager;
  private readonly backoff: Backoff;
  private readonly logger: Logger;
  private readonly listeners = new Set<(state: BrokerState) => void>();
  private currentState: BrokerState = 'away';
  private isClosed = false;
  private upSince = 0;

  constructor(options: RabbitConnectionOptions) {
    this.name = options.name;
    this.logger = options.logger ?? silentLogger;
    this.backoff = new Backoff(options.reconnect ?? { firstMs: 5_000, maxMs: 300_000 });
    this.manager = new ConnectionManager(options.urls, {
      heartbeatIntervalInSeconds: options.heartbeatSeconds ?? 2,
      connectionOptions: {
        ...options.tls,
        timeout: options.connectTimeoutMs ?? 3_000,
        // A handshake of small frames takes 48 ms where each waits for the other side's delayed acknowledgement, and 4 without.
        noDelay: true,
        clientProperties: { connection_name: options.name },
      },
    });
    this.manager.on('connect', () => {
      this.backoff.reset();
      this.upSince = performance.now();
      this.enter('up');
    });
    this.manager.on('connectFailed', ({ err }) => this.onAway('broker unreachable', this.backoff.nextMs(), err));
    this.manager.on('disconnect', ({ err }) => this.onAway('broker connection lost', this.afterLossMs(), err));
    this.manager.on('blocked', ({ reason }) => {
      this.logger.warn({ connection: this.name, reason }, 'broker blocks publishing');
      this.enter('blocked');
    });
    this.manager.on('unblocked', () => this.enter('up'));
  }

  /** Starts connecting and returns at once: nothing here waits for the broker. */
  start(): void {
    // Rejects on refused credentials only, which connectFailed has reported; the manager keeps trying all the same.
    this.manager.connect().catch(() => undefined);
  }

  get state(): BrokerState {
    return this.currentState;
  }

  /** The live connection, for opening channels; undefined while away. */
  get model(): ChannelModel | undefined {
    return this.isClosed ? undefined : this.manager.connection;
  }

  /** Calls back on every change, returns the function that stops it. */
  onChange(listener: (state: BrokerState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Drops the connection without asking the broker, which no longer answers on it, and opens another at once. */
  renew(reason: string): void {
    if (!this.isClosed) this.socket?.destroy(new Error(reason));
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    const { socket } = this;
    // A broker that hangs never confirms the close; its socket would keep the process alive.
    const isClosedCleanly = await settledWithin(this.manager.close(), CLOSE_LIMIT_MS);
    // With an error, or amqplib's heartbeats go on.
    if (!isClosedCleanly) socket?.destroy(new Error('close was not confirmed'));
    this.enter('away');
    this.listeners.clear();
  }

  private get socket(): Duplex | undefined {
    return (this.manager.connection?.connection as { stream?: Duplex } | undefined)?.stream;
  }

  private afterLossMs(): number {
    const wasHealthy = performance.now() - this.upSince >= HEALTHY_AFTER_MS;
    return wasHealthy ? new Backoff(AT_ONCE).nextMs() : this.backoff.nextMs();
  }

  private onAway(text: string, retryInMs: number, error: Error | undefined): void {
    const pauseMs = this.isClosed ? 0 : retryInMs;
    // The manager reads this right after its event, as the pause before its next attempt.
    this.manager.reconnectTimeInSeconds = pauseMs / 1_000;
    if (!this.isClosed) this.logger.warn({ connection: this.name, pauseMs, ...describeError(error) }, text);
    this.enter('away');
  }

  private enter(state: BrokerState): void {
    if (state === this.currentState) return;
    this.currentState = state;
    if (!this.isClosed) this.logger.info({ connection: this.name, state }, 'broker connection');
    for (const listener of [...this.listeners]) listener(state);
  }
}
