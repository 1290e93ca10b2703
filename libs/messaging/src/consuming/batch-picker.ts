import type { Batch } from './batch-run';
import type { ConsumerSettings } from './consumer-definition';
import type { PrefetchGauge } from './prefetch-gauge';
import type { QueueDelivery, QueueReader } from './queue-reader';

/** A suspect this long overdue goes before everything else. */
const SUSPECT_PATIENCE_MS = 1_000;

/** A batch that keeps growing is waited for this many times `batchWaitMs`, counted from its oldest message. */
const PATIENCE = 4;

/** Chooses the next batch over all queues of a consumer. A queue's messages are in at most one batch at a time; queues take
 *  turns at the front. Redelivered ones go by themselves, 16 of one queue; suspects alone, when nothing else waits. */
export class BatchPicker {
  private turns: QueueReader[] = [];

  constructor(
    private readonly settings: ConsumerSettings,
    private readonly prefetch: PrefetchGauge,
  ) {}

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
    const turn = this.turnOf(free);
    const waitMs = this.untilFull(turn, now);
    if (waitMs !== undefined) return waitMs <= 0 ? this.take(turn) : waitMs;
    if (!suspect) return undefined;
    return suspect.dueAt <= now ? this.takeSuspect(suspect.reader) : suspect.dueAt - now;
  }

  /** The queues a batch may hold: each lane gets its share, so that one fills while the other is stored. */
  private turnOf(free: readonly QueueReader[]): QueueReader[] {
    const share = Math.ceil(this.turns.length / this.settings.lanes);
    return free.filter(({ head }) => head !== undefined).slice(0, share);
  }

  /** How long a batch is worth waiting for: not once it is full; else until nothing came for `batchWaitMs`, and never longer
   *  than a few times that. Undefined while nothing waits. */
  private untilFull(turn: readonly QueueReader[], now: number): number | undefined {
    if (turn.length === 0) return undefined;
    const share = Math.ceil(this.turns.length / this.settings.lanes);
    const full = Math.min(this.settings.batchSize, share * this.prefetch.share(this.turns.length));
    let waiting = 0;
    let bytes = 0;
    let oldestAt = Infinity;
    let newestAt = 0;
    for (const { readyCount, readyBytes, head, tail } of turn) {
      waiting += readyCount;
      bytes += readyBytes;
      oldestAt = Math.min(oldestAt, head?.receivedAt.getTime() ?? Infinity);
      newestAt = Math.max(newestAt, tail?.receivedAt.getTime() ?? 0);
    }
    if (waiting >= full || bytes >= this.settings.maxBatchBytes) return 0;
    const { batchWaitMs } = this.settings;
    return Math.min(newestAt + batchWaitMs, oldestAt + batchWaitMs * PATIENCE) - now;
  }

  private take(turn: QueueReader[]): Batch<QueueDelivery> | undefined {
    const deliveries: QueueDelivery[] = [];
    const served = new Set<QueueReader>();
    let bytesLeft = this.settings.maxBatchBytes;
    for (const reader of turn) {
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
