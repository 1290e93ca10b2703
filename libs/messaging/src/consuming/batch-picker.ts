import type { Batch } from './batch-run';
import type { ConsumerSettings } from './consumer-definition';
import type { QueueDelivery, QueueReader } from './queue-reader';

/** A suspect this long overdue goes before everything else. */
const SUSPECT_PATIENCE_MS = 1_000;

/** A batch that keeps growing is waited for this many times `batchWaitMs`, counted from its oldest message. */
const PATIENCE = 4;

/** Chooses the next batch over all queues of a consumer. A queue's messages are in at most one batch at a time; queues take
 *  turns at the front. Redelivered ones go by themselves, 16 of one queue; suspects alone, when nothing else waits. */
export class BatchPicker {
  private turns: QueueReader[] = [];

  constructor(private readonly settings: ConsumerSettings) {}

  add(reader: QueueReader): void {
    this.turns.push(reader);
  }

  remove(reader: QueueReader): void {
    this.turns = this.turns.filter((other) => other !== reader);
  }

  /** A batch, or the milliseconds until there may be one, or undefined while nothing waits. */
  next(now: number): Batch<QueueDelivery> | number | undefined {
    const free = this.turns.filter((reader) => !reader.isBusy && !reader.isLeaving);
    const suspect = this.dueSuspect(free);
    if (suspect && suspect.dueAt + SUSPECT_PATIENCE_MS <= now) return this.takeSuspect(suspect.reader);
    const waitMs = this.untilFull(free, now);
    if (waitMs !== undefined) return waitMs <= 0 ? this.take(free) : waitMs;
    if (!suspect) return undefined;
    return suspect.dueAt <= now ? this.takeSuspect(suspect.reader) : suspect.dueAt - now;
  }

  /** How long a batch is worth waiting for: not once it is full; else until nothing came for `batchWaitMs`, and never longer
   *  than a few times that. Undefined while nothing waits. */
  private untilFull(free: readonly QueueReader[], now: number): number | undefined {
    let waiting = 0;
    let oldestAt = Infinity;
    let newestAt = 0;
    for (const { readyCount, head, tail } of free) {
      if (!head || !tail) continue;
      waiting += readyCount;
      oldestAt = Math.min(oldestAt, head.receivedAt.getTime());
      newestAt = Math.max(newestAt, tail.receivedAt.getTime());
    }
    if (waiting === 0) return undefined;
    if (waiting >= this.settings.batchSize) return 0;
    const { batchWaitMs } = this.settings;
    return Math.min(newestAt + batchWaitMs, oldestAt + batchWaitMs * PATIENCE) - now;
  }

  private take(free: QueueReader[]): Batch<QueueDelivery> | undefined {
    const deliveries: QueueDelivery[] = [];
    const served = new Set<QueueReader>();
    let bytesLeft = this.settings.maxBatchBytes;
    for (const reader of free) {
      if (!reader.head) continue;
      if (reader.head.message.fields.redelivered) {
        if (deliveries.length > 0) continue;
        this.moveToEnd(new Set([reader]));
        return { mode: 'redelivered', deliveries: reader.takeRedelivered() };
      }
      const isFirst = deliveries.length === 0;
      const taken = reader.takeFresh(this.settings.batchSize - deliveries.length, bytesLeft, isFirst);
      for (const delivery of taken) bytesLeft -= delivery.message.content.length;
      if (taken.length > 0) served.add(reader);
      deliveries.push(...taken);
      if (deliveries.length >= this.settings.batchSize || bytesLeft <= 0) break;
    }
    this.moveToEnd(served);
    return deliveries.length === 0 ? undefined : { mode: 'fresh', deliveries };
  }

  private dueSuspect(free: QueueReader[]): { reader: QueueReader; dueAt: number } | undefined {
    let first: { reader: QueueReader; dueAt: number } | undefined;
    for (const reader of free) {
      const dueAt = reader.suspectDueAt;
      if (dueAt !== undefined && (!first || dueAt < first.dueAt)) first = { reader, dueAt };
    }
    return first;
  }

  private takeSuspect(reader: QueueReader): Batch<QueueDelivery> | undefined {
    const suspect = reader.takeSuspect();
    return suspect && { mode: 'suspect', deliveries: [suspect.delivery], aloneBefore: suspect.aloneBefore };
  }

  private moveToEnd(served: Set<QueueReader>): void {
    if (served.size === 0) return;
    this.turns = [...this.turns.filter((reader) => !served.has(reader)), ...served];
  }
}
