import type { QueueAlertKind } from '@groundswell/contracts';
import type { QueueFigures } from '../broker/management.client';

interface Seen {
  passed: number;
  messages: number;
}

/** Whether queues are read, and whether anything leaves them, from one look to the next. */
export class QueueProgress {
  private seen = new Map<string, Seen>();

  /** By queue, which complaints hold now; null for a queue that has not reported, of which nothing is known. */
  observe(figures: readonly QueueFigures[]): Map<string, Record<QueueAlertKind, boolean> | null> {
    const next = new Map<string, Seen>();
    const found = new Map<string, Record<QueueAlertKind, boolean> | null>();
    for (const queue of figures) {
      const { name, messages, messages_ready: ready, consumers } = queue;
      if (messages === undefined || ready === undefined || consumers === undefined) {
        found.set(name, null);
        continue;
      }
      const now = { passed: passedOf(queue), messages };
      const before = this.seen.get(name);
      const hasMoved = before !== undefined && (now.passed > before.passed || now.messages < before.messages);
      next.set(name, now);
      found.set(name, { no_consumer: ready > 0 && consumers === 0, not_moving: messages > 0 && !hasMoved });
    }
    this.seen = next;
    return found;
  }
}

/** What was acked, or handed over to readers who need not ack; since the broker started. */
const passedOf = ({ message_stats: stats }: QueueFigures): number =>
  (stats?.ack ?? 0) + (stats?.deliver_no_ack ?? 0) + (stats?.get_no_ack ?? 0);
