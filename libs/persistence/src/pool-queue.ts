import { DatabaseAwayError } from './database-fault';

export interface PoolQueueLimits {
  /** DB_QUEUE_TARGET: what waiting for a connection should take at most, ms. */
  targetMs: number;
  /** DB_QUEUE_INTERVAL: so long nobody may have waited less until callers are turned away, ms. */
  intervalMs: number;
}

/** A patient caller waits no longer than for a new connection. */
const longestPatienceMs = 3_000;

interface Waiting {
  since: number;
  isPatient: boolean;
  begin: () => void;
  refuse: (error: DatabaseAwayError) => void;
}

/**
 * Who may have one of `size` connections, in the order of asking. While there are enough, everybody waits their turn. Once every
 * caller of a whole interval has waited longer than the target, those who wait for more than twice the target are turned away:
 * work that comes faster than it is done would else wait ever longer, and be done for callers who have gone. The rule, and the
 * names, are those of Elixir's DBConnection (email-and-mtt.md §8.4), after Nichols and Jacobson's CoDel.
 */
export class PoolQueue {
  private readonly queue: Waiting[] = [];
  private used = 0;
  private isSlow = false;
  /** Of the interval under way; null while nobody got a connection in it. */
  private shortestMs: number | null = null;
  private intervalEnds = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly size: number,
    private readonly limits: PoolQueueLimits,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get waiting(): number {
    return this.queue.length;
  }

  /** Resolves once there is a connection; what it returns gives it back. A patient caller waits for 3 s whatever others do. Throws
   *  DatabaseAwayError. */
  async enter(isPatient = false): Promise<() => void> {
    this.beginInterval();
    if (this.used < this.size) {
      this.used += 1;
      this.noteWait(0);
    } else await this.wait(isPatient);
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      this.handOn();
    };
  }

  private wait(isPatient: boolean): Promise<void> {
    return new Promise((begin, refuse) => {
      this.queue.push({ since: this.now(), isPatient, begin, refuse });
      this.timer ??= setInterval(() => this.look(), this.limits.intervalMs).unref();
    });
  }

  /** To whoever waits longest; else it is free. */
  private handOn(): void {
    this.beginInterval();
    this.turnAway();
    const first = this.queue.shift();
    if (this.queue.length === 0 && this.timer) {
      clearInterval(this.timer);
      this.timer = null;
    }
    if (!first) {
      this.used -= 1;
      return;
    }
    this.noteWait(this.now() - first.since);
    first.begin();
  }

  /** While no connection comes back nobody else looks. */
  private look(): void {
    const first = this.queue[0];
    if (first && this.now() - first.since >= this.limits.intervalMs) this.isSlow = true;
    this.turnAway();
  }

  private noteWait(ms: number): void {
    this.shortestMs = Math.min(this.shortestMs ?? ms, ms);
  }

  /** What the last one was like decides about this one. */
  private beginInterval(): void {
    const now = this.now();
    if (now < this.intervalEnds) return;
    this.isSlow = this.shortestMs !== null && this.shortestMs > this.limits.targetMs;
    this.shortestMs = null;
    this.intervalEnds = now + this.limits.intervalMs;
  }

  private turnAway(): void {
    const now = this.now();
    for (const one of [...this.queue]) {
      const waited = now - one.since;
      const isTooLong = one.isPatient ? waited > longestPatienceMs : this.isSlow && waited > 2 * this.limits.targetMs;
      if (!isTooLong) continue;
      this.queue.splice(this.queue.indexOf(one), 1);
      one.refuse(new DatabaseAwayError(`all ${this.size} connections are in use, and none came free`));
    }
  }
}
