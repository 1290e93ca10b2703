import type { Database, OutboxMessage, OutboxRepository } from '@groundswell/persistence';

/** The spool took too long, is stuck or has no room. */
export class SpoolUnavailableError extends Error {
  readonly code = 'spool.unavailable';

  constructor(reason: string, options?: ErrorOptions) {
    super(`spool unavailable: ${reason}`, options);
    this.name = 'SpoolUnavailableError';
  }
}

export interface SpoolLimits {
  /** Longest an accepted message may wait for its commit, ms. */
  waitMs: number;
  rowsPerInsert: number;
  bytesPerInsert: number;
  /** Messages that may wait for an insert; each belongs to a request that waits for its answer. */
  waiting: number;
  /** Inserts at once: one, and others only beside those that are overdue. */
  inserts: number;
}

export const defaultSpoolLimits: SpoolLimits = {
  // With the broker's 2 s before it an answer stays within 3 s.
  waitMs: 900,
  rowsPerInsert: 200,
  bytesPerInsert: 4 * 1024 * 1024,
  waiting: 10_000,
  inserts: 4,
};

/** Lane of our own services in the outbox. */
const spoolLane = 0;

type Row = Pick<OutboxMessage, 'messageId' | 'exchange' | 'routingKey' | 'type' | 'body'>;

interface Waiting {
  row: Row;
  deadline: number;
  isSettled: boolean;
  resolve(): void;
  reject(error: SpoolUnavailableError): void;
}

/**
 * Where submissions wait in the database while the broker cannot take them: the outbox of schema catalog. `add` resolves
 * after the commit. Requests that wait together share one insert (the database is the fallback for thousands a second),
 * and one insert runs at a time; while it hangs for longer than anyone may wait, a next one tries another connection.
 * Twice is safe: an id already waiting or already sent is not added again.
 */
export class Spool {
  private queue: Waiting[] = [];
  /** All unsettled, oldest first: deadlines rise in the same order. */
  private readonly unsettled = new Set<Waiting>();
  private readonly insertsSince = new Set<{ startedAt: number }>();
  private isScheduled = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Pick<Database, 'run'>,
    private readonly outbox: Pick<OutboxRepository, 'insert'>,
    private readonly limits: SpoolLimits = defaultSpoolLimits,
  ) {}

  add(row: Row): Promise<void> {
    if (this.unsettled.size >= this.limits.waiting) {
      return Promise.reject(new SpoolUnavailableError('too many are waiting'));
    }
    return new Promise((resolve, reject) => {
      const entry = { row, deadline: performance.now() + this.limits.waitMs, isSettled: false, resolve, reject };
      this.queue.push(entry);
      this.unsettled.add(entry);
      this.timer ??= setTimeout(() => this.expire(), this.limits.waitMs);
      this.schedule();
    });
  }

  /** At the end of this turn of the event loop, so that requests read together are written together. */
  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      if (this.mayInsert()) void this.insertNext();
    });
  }

  private mayInsert(): boolean {
    const overdueBefore = performance.now() - this.limits.waitMs;
    if (this.insertsSince.size >= this.limits.inserts) return false;
    return [...this.insertsSince].every(({ startedAt }) => startedAt < overdueBefore);
  }

  private async insertNext(): Promise<void> {
    const batch = this.takeBatch();
    if (batch.length === 0) return;
    const insert = { startedAt: performance.now() };
    this.insertsSince.add(insert);
    const messages = batch.map(({ row }) => ({ ...row, lane: spoolLane, headers: {} }));
    try {
      await this.database.run((manager) => this.outbox.insert(manager, messages, false));
      for (const entry of batch) this.settle(entry);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      for (const entry of batch) this.settle(entry, new SpoolUnavailableError(reason, { cause }));
    } finally {
      this.insertsSince.delete(insert);
    }
    if (this.queue.length > 0) this.schedule();
  }

  /** The oldest that still wait, as many as one insert may hold. */
  private takeBatch(): Waiting[] {
    const waiting = this.queue.filter(({ isSettled }) => !isSettled);
    let bytes = 0;
    let count = 0;
    for (const { row } of waiting) {
      bytes += row.body.length;
      if (count > 0 && (count === this.limits.rowsPerInsert || bytes > this.limits.bytesPerInsert)) break;
      count += 1;
    }
    this.queue = waiting.slice(count);
    return waiting.slice(0, count);
  }

  private settle(entry: Waiting, error?: SpoolUnavailableError): void {
    if (entry.isSettled) return;
    entry.isSettled = true;
    this.unsettled.delete(entry);
    if (error) entry.reject(error);
    else entry.resolve();
  }

  private expire(): void {
    this.timer = undefined;
    const now = performance.now();
    for (const entry of this.unsettled) {
      if (entry.deadline > now) {
        this.timer = setTimeout(() => this.expire(), Math.max(entry.deadline - now, 20));
        break;
      }
      this.settle(entry, new SpoolUnavailableError(`no commit within ${this.limits.waitMs} ms`));
    }
    if (this.queue.length > 0) this.schedule();
  }
}
