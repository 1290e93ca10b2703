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
  /** Longest an accepted message may wait for its commit, ms, unless its caller says otherwise. */
  waitMs: number;
  rowsPerInsert: number;
  bytesPerInsert: number;
  /** Messages that may wait for an insert; each belongs to a request that waits for its answer. */
  waiting: number;
  /** Inserts at once: one, and others only beside those that are slow. */
  inserts: number;
  /** From then on an insert is slow, ms: on a distant database nobody waits for a second round trip. */
  slowAfterMs: number;
  /** Longest a connection may take for an insert, ms; then it is given up as dead. */
  insertMs: number;
}

export const defaultSpoolLimits: SpoolLimits = {
  waitMs: 900,
  rowsPerInsert: 200,
  bytesPerInsert: 4 * 1024 * 1024,
  waiting: 10_000,
  inserts: 4,
  slowAfterMs: 150,
  insertMs: 5_000,
};

/** Those whose time is up almost together are refused together. */
const shortestExpiryMs = 10;

/** Lane of our own services in the outbox. */
const spoolLane = 0;

type Row = Pick<OutboxMessage, 'messageId' | 'exchange' | 'routingKey' | 'type' | 'body'> &
  Partial<Pick<OutboxMessage, 'headers'>>;

interface Waiting {
  row: Row;
  waitMs: number;
  deadline: number;
  isSettled: boolean;
  resolve(): void;
  reject(error: SpoolUnavailableError): void;
}

/**
 * Where submissions wait in the database while the broker cannot take them: the outbox of schema catalog. `add` resolves
 * after the commit. Requests that wait together share one insert (the database is the fallback for thousands a second),
 * and one insert runs at a time; while it is slow or hangs, a next one tries another connection.
 * Twice is safe: an id already waiting or already sent is not added again.
 */
export class Spool {
  private queue: Waiting[] = [];
  private readonly unsettled = new Set<Waiting>();
  private readonly insertsSince = new Set<{ startedAt: number }>();
  private isScheduled = false;
  private slowTimer: NodeJS.Timeout | undefined;
  private expiry: { at: number; timer: NodeJS.Timeout } | undefined;

  constructor(
    private readonly database: Pick<Database, 'run'>,
    private readonly outbox: Pick<OutboxRepository, 'insert'>,
    private readonly limits: SpoolLimits = defaultSpoolLimits,
  ) {}

  /** Requests that wait for their commit. */
  get unsettledCount(): number {
    return this.unsettled.size;
  }

  /** Fails after `waitMs` at the latest; the row may be committed all the same. */
  add(row: Row, waitMs = this.limits.waitMs): Promise<void> {
    if (this.unsettled.size >= this.limits.waiting) {
      return Promise.reject(new SpoolUnavailableError('too many are waiting'));
    }
    return new Promise((resolve, reject) => {
      const entry = { row, waitMs, deadline: performance.now() + waitMs, isSettled: false, resolve, reject };
      this.queue.push(entry);
      this.unsettled.add(entry);
      this.expireAt(entry.deadline);
      this.schedule();
    });
  }

  /** At the end of this turn of the event loop, so that requests read together are written together. */
  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      const pauseMs = this.pauseMs();
      if (pauseMs <= 0) return void this.insertNext();
      if (pauseMs < Infinity) this.slowTimer ??= setTimeout(() => this.afterPause(), pauseMs);
    });
  }

  private afterPause(): void {
    this.slowTimer = undefined;
    if (this.queue.length > 0) this.schedule();
  }

  /** Until one more insert may start; for ever means: when one has ended. */
  private pauseMs(): number {
    if (this.insertsSince.size >= this.limits.inserts) return Infinity;
    const latest = Math.max(...[...this.insertsSince].map(({ startedAt }) => startedAt));
    return latest + this.limits.slowAfterMs - performance.now();
  }

  private async insertNext(): Promise<void> {
    const batch = this.takeBatch();
    if (batch.length === 0) return;
    const insert = { startedAt: performance.now() };
    this.insertsSince.add(insert);
    if (this.queue.length > 0) this.schedule();
    const messages = batch.map(({ row }) => ({ ...row, lane: spoolLane, headers: row.headers ?? {} }));
    try {
      await this.database.run((manager) => this.outbox.insert(manager, messages, false), this.limits.insertMs);
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

  private expireAt(deadline: number): void {
    if (this.expiry && this.expiry.at <= deadline) return;
    clearTimeout(this.expiry?.timer);
    const pauseMs = Math.max(deadline - performance.now(), shortestExpiryMs);
    // One more turn before judging: where this process stood still, the answer may be here, only not read yet. Those who wait
    // keep the process alive by their own sockets.
    const timer = setTimeout(() => setImmediate(() => this.expire()), pauseMs).unref();
    this.expiry = { at: deadline, timer };
  }

  private expire(): void {
    this.expiry = undefined;
    const now = performance.now();
    let next = Infinity;
    for (const entry of this.unsettled) {
      if (entry.deadline > now) next = Math.min(next, entry.deadline);
      else this.settle(entry, new SpoolUnavailableError(`no commit within ${Math.round(entry.waitMs)} ms`));
    }
    if (next < Infinity) this.expireAt(next);
    if (this.queue.length > 0) this.schedule();
  }
}
