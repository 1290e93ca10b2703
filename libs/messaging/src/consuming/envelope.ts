import { createHash } from 'node:crypto';
import type { ConsumeMessage } from 'amqplib';
import { traceOf, type Trace } from '@groundswell/observability';

/** What surrounds a message body. */
export interface Envelope {
  queue: string;
  /** The publisher's message id; a message without one gets a hash of its body. */
  messageId: string;
  exchange: string;
  /** The key it came under just now. After a retry round that is the queue's name: decide by headers, never by this. */
  routingKey: string;
  headers: Record<string, unknown>;
  /** Header `org_id`: the org this message is for. */
  orgId: number | undefined;
  /** What it belongs to, by its headers; while tracing is on, the step that handles it. */
  trace: Trace | null;
  redelivered: boolean;
  deliveryTag?: number;
  type: string | undefined;
  /** When it was published, if the publisher said so. */
  timestamp: Date | undefined;
  receivedAt: Date;
  /** Size of the body. */
  bytes: number;
  /** Set on requests: where the reply goes, and under which id. */
  replyTo: string | undefined;
  correlationId: string | undefined;
}

const textOrUndefined = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

export const messageIdOf = (message: ConsumeMessage): string =>
  textOrUndefined(message.properties.messageId) || `body:${createHash('sha256').update(message.content).digest('hex')}`;

export const envelopeOf = (queue: string, message: ConsumeMessage, receivedAt: Date): Envelope => {
  const { fields, properties, content } = message;
  const headers = (properties.headers ?? {}) as Record<string, unknown>;
  return {
    queue,
    messageId: messageIdOf(message),
    exchange: fields.exchange,
    routingKey: fields.routingKey,
    headers,
    orgId: typeof headers.org_id === 'number' ? headers.org_id : undefined,
    trace: traceOf(headers),
    redelivered: fields.redelivered,
    deliveryTag: fields.deliveryTag,
    type: textOrUndefined(properties.type),
    timestamp: typeof properties.timestamp === 'number' ? new Date(properties.timestamp * 1_000) : undefined,
    receivedAt,
    bytes: content.length,
    replyTo: textOrUndefined(properties.replyTo),
    correlationId: textOrUndefined(properties.correlationId),
  };
};
