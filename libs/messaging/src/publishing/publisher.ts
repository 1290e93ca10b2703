import type { ConfirmChannel, Message, Options } from 'amqplib';
import {
  currentTrace,
  errorClassOf,
  noTracing,
  traceHeaders,
  type OpenSpan,
  type Trace,
  type Tracing,
} from '@groundswell/observability';
import type { BackoffOptions } from '../backoff';
import { closeQuietly, KeptChannel } from '../connection/kept-channel';
import type { RabbitConnection } from '../connection/rabbit-connection';
import { settledWithin } from '../deadline';
import { describeError, type Logger, silentLogger } from '../logger';
import type { MessagingMetrics } from '../metrics';
import type { OutgoingMessage } from './outgoing-message';
import { PublishCircuit } from './publish-circuit';
import { confirmed, type PublishResult, unavailable, type UnavailableReason } from './publish-result';
import { Unconfirmed, UnconfirmedWindow } from './unconfirmed-window';

export interface PublisherOptions {
  connection: RabbitConnection;
  /** How long a confirm may take. Default 2000. */
  confirmTimeoutMs?: number;
  /** Messages on their way at once; more are refused. Default 5000. */
  maxUnconfirmed?: number;
  /** Bytes on their way at once; more are refused. Default 32 MiB. */
  maxUnconfirmedBytes?: number;
  /** Timeouts in a row after which publishes are refused at once. Default 20. */
  suspectAfterTimeouts?: number;
  /** Where a probe goes: must confirm without any queue taking it. Default: the exchange used last, key "publish-probe". */
  probe?: { exchange: string; routingKey: string };
  /** Pauses before a probe. Default 1 s doubling to 30 s. */
  probePause?: BackoffOptions;
  /** Where the steps of traces are recorded. */
  tracing?: Tracing;
  logger?: Logger;
  metrics?: MessagingMetrics;
}

/** Ties a returned message to its publish: a return carries no delivery tag. */
const PUBLISH_NO_HEADER = 'x-publish-no';
/** amqplib keeps a slot for every publish after the oldest unconfirmed one, so a channel with a message stuck this long
 *  (a queue without a leader) is replaced before that list grows without end. */
const REPLACE_STUCK_CHANNEL_MS = 10_000;

/** Publishes with confirms, fails fast and never buffers. It throws for a mistake of the caller only (a header that cannot
 *  be encoded); everything the surroundings do is a result. */
export class Publisher {
  private readonly kept: KeptChannel<ConfirmChannel>;
  private readonly window: UnconfirmedWindow;
  private readonly circuit: PublishCircuit;
  private readonly maxUnconfirmed: number;
  private readonly maxBytes: number;
  private readonly confirmTimeoutMs: number;
  private readonly logger: Logger;
  private readonly tracing: Tracing;
  private lastNo = 0;
  private lastExchange = '';
  private stuckCount = 0;
  private stuckSince = 0;
  private timedOutAt = 0;
  private answeredAt = 0;
  private probeTimer: NodeJS.Timeout | undefined;
  private isClosed = false;
  private readonly openListeners = new Set<() => void>();

  constructor(private readonly options: PublisherOptions) {
    this.logger = options.logger ?? silentLogger;
    this.tracing = options.tracing ?? noTracing;
    this.maxUnconfirmed = options.maxUnconfirmed ?? 5_000;
    this.maxBytes = options.maxUnconfirmedBytes ?? 32 * 1024 * 1024;
    this.confirmTimeoutMs = options.confirmTimeoutMs ?? 2_000;
    this.circuit = new PublishCircuit({
      suspectAfter: options.suspectAfterTimeouts ?? 20,
      probe: options.probePause ?? { firstMs: 1_000, maxMs: 30_000 },
    });
    this.window = new UnconfirmedWindow(
      this.confirmTimeoutMs,
      () => this.onTimeout(),
      (message, result) =>
        options.metrics?.published?.(message.exchange, result.status === 'unavailable' ? result.reason : result.status),
    );
    this.kept = new KeptChannel<ConfirmChannel>({
      connection: options.connection,
      open: (model) => model.createConfirmChannel(),
      onOpen: (channel) => {
        this.onOpen(channel);
        for (const listener of this.openListeners) listener();
      },
      onClosed: (_channel, cause) => {
        if (cause) this.logger.warn(describeError(cause), 'publish channel closed by the broker');
      },
      onFailed: (error) => this.logger.warn(describeError(error), 'publish channel did not open'),
    });
  }

  start(): void {
    this.kept.start();
  }

  /** Calls back whenever there is a channel again: what was refused for want of one may be tried now. */
  onChannel(listener: () => void): void {
    this.openListeners.add(listener);
  }

  /** Whether a publish made now would go out. */
  get isReady(): boolean {
    return this.refusal(0) === undefined && this.circuit.state !== 'suspect';
  }

  get unconfirmedCount(): number {
    return this.window.size;
  }

  publish(message: OutgoingMessage): Promise<PublishResult> {
    const parent = message.trace === undefined ? currentTrace() : message.trace;
    if (!parent || !this.tracing.isOn) return this.send(message, parent);
    return this.sendTraced(message, parent);
  }

  private async sendTraced(message: OutgoingMessage, parent: Trace): Promise<PublishResult> {
    const span = this.tracing.start({
      name: `send ${message.exchange}`,
      kind: 'producer',
      parent,
      attributes: {
        'messaging.system': 'rabbitmq',
        'messaging.operation.type': 'send',
        'messaging.destination.name': message.exchange,
        'messaging.message.id': message.messageId,
      },
    });
    try {
      const result = await this.send(message, span?.trace ?? parent);
      if (span) endSpan(span, result);
      return result;
    } catch (error) {
      span?.end(errorClassOf(error));
      throw error;
    }
  }

  private send(message: OutgoingMessage, trace: Trace | null | undefined): Promise<PublishResult> {
    const body = typeof message.body === 'string' ? Buffer.from(message.body) : message.body;
    const reason = this.refusal(body.length) ?? (this.circuit.admit() ? undefined : 'suspect');
    const channel = this.kept.channel;
    if (reason !== undefined || !channel) return this.refuse(message, reason ?? 'no_channel');
    this.lastNo += 1;
    this.lastExchange = message.exchange;
    const no = this.lastNo;
    return new Promise((resolve, reject) => {
      const entry = new Unconfirmed(no, message.exchange, body.length, Date.now() + this.confirmTimeoutMs, resolve);
      this.window.add(entry);
      try {
        channel.publish(
          message.exchange,
          message.routingKey,
          body,
          this.propertiesOf(message, no, trace),
          (error: unknown) => this.onConfirm(entry, error),
        );
      } catch (error) {
        this.window.forget(entry);
        this.circuit.signOfLife();
        // amqplib says so when the channel is closing under us; anything else is a message it cannot encode.
        if (error instanceof Error && error.name === 'IllegalOperationError') resolve(unavailable('no_channel', false));
        else reject(error as Error);
      }
    });
  }

  /** One result per message, in their order. More than `maxUnconfirmed` at a time are refused, so send in portions. */
  publishAll(messages: readonly OutgoingMessage[]): Promise<PublishResult[]> {
    return Promise.all(messages.map((message) => this.publish(message)));
  }

  /** Takes nothing more, waits for outstanding confirms at most `limitMs`, closes the channel. */
  async close(limitMs = 5_000): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.probeTimer);
    await settledWithin(this.window.whenEmpty(), limitMs);
    await this.kept.stop();
  }

  private refusal(bytes: number): UnavailableReason | undefined {
    if (this.isClosed) return 'closed';
    if (!this.kept.channel) return 'no_channel';
    if (this.options.connection.state === 'blocked') return 'blocked';
    const isFull = this.window.size >= this.maxUnconfirmed || this.window.bytes + bytes > this.maxBytes;
    // A message larger than the whole limit may still go alone.
    return isFull && this.window.size > 0 ? 'too_many_unconfirmed' : undefined;
  }

  private refuse(message: OutgoingMessage, reason: UnavailableReason): Promise<PublishResult> {
    this.options.metrics?.published?.(message.exchange, reason);
    return Promise.resolve(unavailable(reason, false));
  }

  private propertiesOf(message: OutgoingMessage, no: number, trace: Trace | null | undefined): Options.Publish {
    const isMandatory = message.mandatory ?? true;
    return {
      messageId: message.messageId,
      type: message.type,
      headers: {
        ...message.headers,
        ...(trace ? traceHeaders(trace) : undefined),
        ...(isMandatory ? { [PUBLISH_NO_HEADER]: no } : undefined),
      },
      timestamp: message.timestamp && Math.floor(message.timestamp.getTime() / 1_000),
      mandatory: isMandatory,
      persistent: message.persistent ?? true,
      replyTo: message.replyTo,
      correlationId: message.correlationId,
      expiration: message.expirationMs,
    };
  }

  private onOpen(channel: ConfirmChannel): void {
    this.stuckCount = 0;
    channel.on('return', (returned: Message & { fields: { replyText?: string } }) => {
      const entry = this.window.find(Number(returned.properties.headers?.[PUBLISH_NO_HEADER]));
      if (entry) entry.replyText = returned.fields.replyText ?? 'returned';
    });
    this.circuit.signOfLife();
  }

  private onConfirm(entry: Unconfirmed, error: unknown): void {
    const isNack = error instanceof Error && error.message === 'message nacked';
    const isAnswer = !error || isNack;
    if (isAnswer) this.answeredAt = Date.now();
    if (entry.isSettled) {
      if (isAnswer) this.onLateAnswer();
      return;
    }
    if (isAnswer) this.circuit.answered();
    if (!error) {
      const { replyText } = entry;
      this.window.settle(entry, replyText === undefined ? confirmed : { status: 'returned', replyText });
    } else this.window.settle(entry, unavailable(isNack ? 'nacked' : 'no_channel', true));
    this.replaceStuckChannel();
  }

  private onTimeout(): void {
    if (this.stuckCount === 0) this.stuckSince = Date.now();
    this.stuckCount += 1;
    this.timedOutAt = Date.now();
    const isNowSuspect = this.circuit.timedOut();
    if (isNowSuspect) {
      this.logger.warn({ timeoutMs: this.confirmTimeoutMs }, 'broker does not confirm: publishes are refused for now');
    }
    if (isNowSuspect || !this.probeTimer) this.probeLater();
  }

  private onLateAnswer(): void {
    this.stuckCount = Math.max(0, this.stuckCount - 1);
    this.heal();
  }

  private heal(): void {
    if (this.circuit.state !== 'suspect') return;
    this.circuit.signOfLife();
    this.logger.info({}, 'broker confirms again: trying a few publishes');
  }

  private probeLater(): void {
    clearTimeout(this.probeTimer);
    if (this.isClosed) return;
    this.probeTimer = setTimeout(() => {
      this.probeTimer = undefined;
      this.sendProbe();
    }, this.circuit.nextProbeMs()).unref();
  }

  private sendProbe(): void {
    if (this.circuit.state !== 'suspect' && this.answeredAt >= this.timedOutAt) return;
    const { channel } = this.kept;
    if (this.circuit.state === 'suspect') this.probeLater();
    if (!channel || this.options.connection.state !== 'up') return;
    const target = this.options.probe ?? { exchange: this.lastExchange, routingKey: 'publish-probe' };
    const sentAt = Date.now();
    const late = setTimeout(() => this.renewConnection(channel, sentAt), this.confirmTimeoutMs).unref();
    try {
      channel.publish(target.exchange, target.routingKey, Buffer.alloc(0), { persistent: false }, (error: unknown) => {
        clearTimeout(late);
        if (error) return;
        this.answeredAt = Date.now();
        this.heal();
      });
    } catch (error) {
      clearTimeout(late);
      this.logger.debug(describeError(error), 'probe not sent: the channel is closing');
    }
  }

  /**
   * A probe waits for no queue and no disk, so one without answer tells of a connection the broker does not read any more.
   * RabbitMQ 3.10 leaves one like that for ever, heartbeats and all, where a quorum queue is deleted under a stream of
   * messages: no new channel opens on it either. docs/adr/0018
   */
  private renewConnection(channel: ConfirmChannel, sentAt: number): void {
    if (this.isClosed || this.answeredAt >= sentAt) return;
    if (this.kept.channel !== channel || this.options.connection.state !== 'up') return;
    this.options.connection.renew('nothing is confirmed, a probe neither');
  }

  private replaceStuckChannel(): void {
    if (this.stuckCount === 0 || Date.now() - this.stuckSince < REPLACE_STUCK_CHANNEL_MS) return;
    this.stuckCount = 0;
    const old = this.kept.detach();
    // What is on its way on the old channel has its own deadline; after that nothing there is of interest.
    if (old) setTimeout(() => void closeQuietly(old), this.confirmTimeoutMs + 500).unref();
  }
}

const endSpan = (span: OpenSpan, result: PublishResult): void => {
  const outcome = result.status === 'unavailable' ? result.reason : result.status;
  span.set({ 'groundswell.outcome': outcome });
  span.end(result.status === 'confirmed' ? undefined : outcome);
};
