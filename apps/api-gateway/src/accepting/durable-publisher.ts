import { exchanges, ingestKey } from '@groundswell/contracts';
import type { OutgoingMessage, PublishResult } from '@groundswell/messaging';
import { currentTrace, keptTraceHeaders, type TraceHeaders } from '@groundswell/observability';
import { unavailable } from '../api/api-error';
import type { AcceptMetrics, DurablePath } from './accept-metrics';

/** A message to `ingest` that must not be lost. */
export interface DurableMessage {
  /** Of the submission or command; the same on whatever way it takes. */
  id: string;
  /** Schema, as AMQP type. */
  type: string;
  partition: number;
  json: Buffer;
  at: Date;
}

export interface DurablePublisherOptions {
  publisher: { publish(message: OutgoingMessage): Promise<PublishResult> };
  /** Whether the ingest queues exist for us (design.md §4). */
  queues: { readonly isSystemConfirmed: boolean };
  spool: { add(message: SpoolMessage, waitMs: number): Promise<void> };
  metrics: AcceptMetrics;
  logger: { error(fields: object, text: string): void };
  /** What a caller is told when neither way is open, s. */
  retryAfterSeconds?: number;
  /** Longest both ways together may take, ms. */
  limitMs?: number;
}

export interface SpoolMessage {
  messageId: string;
  exchange: string;
  routingKey: string;
  type: string;
  /** JSON text. */
  body: string;
  /** Of the request, where somebody records it. */
  headers?: TraceHeaders;
}

const defaultRetryAfterSeconds = 5;
/** An answer comes within 3 s, whatever hangs. */
const defaultLimitMs = 2_750;
/** The spool's at least: where this process stood still itself, the time went by without anything being tried. */
const leastSpoolMs = 750;

/**
 * Makes a message durable before its answer (design.md §3.2): the broker's confirm, else the spool's commit under the
 * same id, which gets what the broker has left of the time, and not nothing. Twice is safe: readers skip known ids, so a message that
 * reached both is stored once.
 */
export class DurablePublisher {
  constructor(private readonly options: DurablePublisherOptions) {}

  /** Throws `unavailable` when neither took it; it may be stored all the same, and then once. */
  async publish(message: DurableMessage): Promise<DurablePath> {
    const { metrics, limitMs = defaultLimitMs } = this.options;
    const deadline = performance.now() + limitMs;
    const failure = await this.tryBroker(message);
    if (failure === null) {
      metrics.countAccepted('broker');
      return 'broker';
    }
    metrics.countSpooled(failure);
    await this.spool(message, failure, Math.max(deadline - performance.now(), leastSpoolMs));
    metrics.countAccepted('spool');
    return 'spool';
  }

  /** Null when confirmed, else what kept it from the broker. */
  private async tryBroker(message: DurableMessage): Promise<string | null> {
    const { publisher, queues, metrics } = this.options;
    if (!queues.isSystemConfirmed) return 'queues_not_confirmed';
    const startedAt = performance.now();
    const result = await publisher.publish({
      exchange: exchanges.ingest,
      routingKey: ingestKey(message.partition),
      body: message.json,
      messageId: message.id,
      type: message.type,
      timestamp: message.at,
      mandatory: true,
      persistent: true,
    });
    const outcome = result.status === 'confirmed' ? 'confirmed' : 'failed';
    metrics.observePublish(outcome, performance.now() - startedAt);
    switch (result.status) {
      case 'confirmed':
        return null;
      case 'returned':
        return 'returned';
      case 'unavailable':
        return result.reason;
    }
  }

  private async spool(message: DurableMessage, failure: string, waitMs: number): Promise<void> {
    const row: SpoolMessage = {
      messageId: message.id,
      exchange: exchanges.ingest,
      routingKey: ingestKey(message.partition),
      type: message.type,
      body: message.json.toString('utf8'),
      headers: keptTraceHeaders(currentTrace()),
    };
    try {
      await this.options.spool.add(row, waitMs);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.options.logger.error({ broker: failure, spool: reason }, 'neither broker nor spool took a submission');
      throw unavailable(this.options.retryAfterSeconds ?? defaultRetryAfterSeconds, cause);
    }
  }
}
