import { exchanges, systemQueues } from '@groundswell/contracts';
import type { Contract, Envelope } from '@groundswell/messaging';

/** Any bytes: what found no way home is kept, whatever it is. */
export const deadMessage: Contract<Buffer> = { parse: (body) => body as Buffer };

/** One queue a message was dead-lettered from, newest first in header `x-death`. */
interface Death {
  queue: string;
  reason: string;
  count: number;
}

/** What the header tells, at most so many; a message that went through many queues is not worth more. */
const maxDeaths = 5;

/** Queues on the way, never a home. */
const onTheWay: ReadonlySet<string> = new Set([systemQueues.retry, systemQueues.dead]);

export const deathsOf = ({ headers }: Pick<Envelope, 'headers'>): Death[] => {
  const entries: unknown[] = Array.isArray(headers['x-death']) ? headers['x-death'] : [];
  return entries.slice(0, maxDeaths).flatMap((entry) => {
    const { queue, reason, count } = (entry ?? {}) as Record<string, unknown>;
    return typeof queue === 'string' ? [{ queue, reason: String(reason), count: Number(count) }] : [];
  });
};

/**
 * The queue a message was on its way to when it found no way. Through exchange `system.retry` that is its routing key, the one
 * it was sent home under; else the queue that rejected it last; else none is known, and it stays under `system.dead`.
 */
export function homeOf(envelope: Pick<Envelope, 'exchange' | 'routingKey' | 'headers'>): string {
  const { exchange, routingKey } = envelope;
  if (exchange === exchanges.retry && routingKey !== '' && !onTheWay.has(routingKey)) return routingKey;
  return deathsOf(envelope).find(({ queue }) => !onTheWay.has(queue))?.queue ?? systemQueues.dead;
}
