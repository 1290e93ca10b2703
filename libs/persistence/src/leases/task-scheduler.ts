import type { Database } from '../database';
import { noTaskMetrics, type TaskMetrics } from '../measuring/task-metrics';
import type { LeaseRepository } from './lease.repository';

/** Something one replica does every so often. */
export interface ScheduledTask {
  id: string;
  everyMs: number;
  /** `since`: end of the last run that succeeded in this process, null at first. Must be safe to run twice. */
  run(range: { since: Date | null; until: Date }): Promise<void>;
}

export interface SchedulerLogger {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

/** Runs tasks under a lease, so that one replica at a time does each; a failed run is tried again at the next turn. */
export class TaskScheduler {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly running = new Set<Promise<void>>();
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly leases: LeaseRepository,
    private readonly holder: string,
    private readonly logger: SchedulerLogger,
    private readonly metrics: TaskMetrics = noTaskMetrics,
    /** No task runs sooner after its start, ms; null: none runs in this process (DAEMON_START_DELAY, START_DAEMON_SERVERS). */
    private readonly startDelayMs: number | null = 0,
  ) {}

  start(task: ScheduledTask): void {
    const { startDelayMs } = this;
    if (startDelayMs === null) return;
    let since: Date | null = null;
    const turn = async (): Promise<void> => {
      const until = new Date();
      const startedAt = performance.now();
      try {
        // Twice the period: a holder that lives renews in time, one that died is replaced at the turn after next.
        const fencing = await this.database.run((manager) =>
          this.leases.acquire(manager, task.id, this.holder, task.everyMs * 2),
        );
        if (fencing === null) return this.metrics.turned(task.id, 'elsewhere', 0);
        await task.run({ since, until });
        since = until;
        this.metrics.turned(task.id, 'done', performance.now() - startedAt);
      } catch (error) {
        this.metrics.turned(task.id, 'failed', performance.now() - startedAt);
        const reason = error instanceof Error ? error.message : String(error);
        this.logger.warn({ task: task.id, reason, ms: Math.round(performance.now() - startedAt) }, 'task failed');
      }
    };
    const plan = (waitMs: number): void => {
      if (this.stopped) return;
      this.timers.set(
        task.id,
        setTimeout(() => {
          const work = turn().finally(() => {
            this.running.delete(work);
            plan(task.everyMs);
          });
          this.running.add(work);
        }, waitMs),
      );
    };
    plan(Math.max(task.everyMs, startDelayMs));
  }

  /** Waits for runs under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    await Promise.allSettled([...this.running]);
  }
}
