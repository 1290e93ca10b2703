import type { Trace } from '@groundswell/observability';

/** One message to publish. There is no content type: old clients choke on one, so the body is JSON by agreement. */
export interface OutgoingMessage {
  exchange: string;
  routingKey: string;
  /** JSON text, already serialized. */
  body: Buffer | string;
  /** Stable over every attempt to send the same thing: readers drop repeats by it. */
  messageId: string;
  type?: string;
  headers?: Record<string, unknown>;
  timestamp?: Date;
  /** Ask for a return when no queue takes it. Default true. */
  mandatory?: boolean;
  /** Default true. */
  persistent?: boolean;
  replyTo?: string;
  correlationId?: string;
  /** The broker drops it unread after this long. */
  expirationMs?: number;
  /** What it belongs to. Left out: the trace this code runs in; null: none. */
  trace?: Trace | null;
}
