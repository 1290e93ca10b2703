import { outsideTraces } from '@groundswell/observability';
import type { EntityManager } from 'typeorm';
import { reasonOf } from './attempt-outcome';
import { JobAttempt } from './job-attempt';
import type { JobDatabase, JobLogger, JobSchema } from './job-database';
import { matchHandlers, type HandledType, type JobHandler } from './job-handler';
import { noJobMetrics, type JobMetrics } from './job-metrics';
import { JobQueue } from './job-queue';
import { JobPlanner, type JobSchedule } from './job-schedule';
import type { JobType } from './job-type';
import { JobWorkersRepository } from './job-workers.repository';
import { JobRepository, mostForgotten, type ClaimedJob, type ClaimWish } from './job.repository';

export interface RunnerSettings {
  /** Jobs this process runs at once, of all types. Each may hold a database connection, and so may the runner. */
  slots: number;
  /** How often the tables are looked at, ms; `wake` looks at once. */
  pollMs: number;
  /** A job whose process is not heard of for that long goes to another, ms. Renewed three times in it. */
  leaseMs: number;
  /** What a handler has for leaving, ms; less than the platform gives a process to end. */
  graceMs: number;
  /** How often jobs past their time are forgotten, and figures counted, ms. */
  forgetEveryMs: number;
  figuresEveryMs: number;
  /** Jobs begin that long after the start, ms; null: this process does none (DAEMON_START_DELAY, START_DAEMON_SERVERS). */
  startDelayMs: number | null;
}

export const defaultRunnerSettings: RunnerSettings = {
  slots: 2,
  pollMs: 1_000,
  leaseMs: 30_000,
  graceMs: 10_000,
  forgetEveryMs: 600_000,
  figuresEveryMs: 15_000,
  startDelayMs: 0,
};

export interface JobRunnerOptions {
  database: JobDatabase;
  schema: JobSchema;
  /** Every type this service has. */
  types: readonly JobType[];
  schedules?: readonly JobSchedule[];
  /** Names this process; must differ between those that run at the same time. */
  workerId: string;
  logger: JobLogger;
  /** True for faults of the surroundings (database, broker, network): no attempt is counted for them. */
  isTransient: (error: unknown) => boolean;
  metrics?: JobMetrics;
  settings?: Partial<RunnerSettings>;
  random?: () => number;
}

/** Takes jobs that are due and has them done, each by one process at a time. */
export class JobRunner {
  private readonly settings: RunnerSettings;
  private readonly jobs: JobRepository;
  private readonly workers: JobWorkersRepository;
  private readonly planner: JobPlanner;
  private readonly metrics: JobMetrics;
  private handled = new Map<string, HandledType>();
  private readonly attempts = new Map<JobAttempt, Promise<void>>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly loops = new Set<Promise<void>>();
  private stopped = true;
  private isTaking = false;
  private isWoken = false;

  constructor(private readonly options: JobRunnerOptions) {
    this.settings = { ...defaultRunnerSettings, ...options.settings };
    this.jobs = new JobRepository(options.schema);
    this.workers = new JobWorkersRepository(options.schema);
    const { schema, schedules = [], logger, types } = options;
    for (const { name, type } of schedules) {
      if (!types.some((listed) => listed.name === type.name)) throw new Error(`schedule "${name}" has no listed type`);
    }
    this.planner = new JobPlanner(new JobQueue(schema), schema, schedules, logger);
    this.metrics = options.metrics ?? noJobMetrics;
  }

  /** Throws unless each type has exactly one handler. */
  start(handlers: readonly { name: string; handler: JobHandler }[]): void {
    this.handled = matchHandlers(this.options.types, handlers);
    const { startDelayMs } = this.settings;
    if (startDelayMs === null) return;
    if (startDelayMs === 0) return this.beginTaking();
    this.timers.set('begin', setTimeout(() => this.beginTaking(), startDelayMs).unref());
  }

  /** Looks for jobs now; after the commit of a transaction that added one. */
  wake(): void {
    if (this.stopped || this.handled.size === 0) return;
    this.isWoken = true;
    // Jobs are not part of the request that added one.
    this.track(outsideTraces(() => this.attempt('take', () => this.take())));
  }

  /** Takes nothing more, tells what runs to leave, and hands back what did not finish; no attempt is counted for that. */
  async stop(): Promise<void> {
    for (const timer of this.timers.values()) clearTimeout(timer);
    if (this.stopped) return;
    this.stopped = true;
    for (const attempt of this.attempts.keys()) attempt.abort('stop');
    // Leases are kept up while handlers leave.
    const beats = setInterval(
      () => void this.attempt('beat', () => this.beat()),
      Math.floor(this.settings.leaseMs / 3),
    );
    await Promise.allSettled([...this.loops]);
    await Promise.allSettled([...this.attempts.values()]);
    clearInterval(beats);
    await this.attempt('leave', () =>
      this.options.database.run((manager) => this.workers.leave(manager, this.options.workerId)),
    );
  }

  private beginTaking(): void {
    this.stopped = false;
    const { pollMs, leaseMs, forgetEveryMs, figuresEveryMs } = this.settings;
    this.every('take', pollMs, () => this.take());
    this.every('beat', Math.floor(leaseMs / 3), () => this.beat());
    this.every('forget', forgetEveryMs, () => this.forget());
    this.every('figures', figuresEveryMs, () => this.countFigures());
    this.wake();
  }

  /** One look at a time; one asked for meanwhile follows it. */
  private async take(): Promise<void> {
    if (this.isTaking) return;
    this.isTaking = true;
    try {
      do {
        this.isWoken = false;
        const free = this.settings.slots - this.attempts.size;
        if (this.stopped || free <= 0) return;
        const claimed = await this.options.database.transaction((manager) => this.claim(manager, free));
        for (const job of claimed) this.begin(job);
      } while (this.isWoken);
    } finally {
      this.isTaking = false;
    }
  }

  private async claim(manager: EntityManager, free: number): Promise<ClaimedJob[]> {
    await this.jobs.lockClaims(manager);
    for (const { id, type, state } of await this.jobs.returnLost(manager)) {
      this.options.logger.warn({ jobId: id, jobType: type, state }, 'the process of a job was lost');
    }
    await this.planner.plan(manager);
    if (this.stopped) return [];
    const { workerId } = this.options;
    return this.jobs.claim(manager, this.wishes(), free, workerId, this.settings.leaseMs);
  }

  private wishes(): ClaimWish[] {
    return [...this.handled.values()].map(({ type: { name, concurrency } }) => {
      const running = [...this.attempts.keys()].filter(({ job }) => job.type === name).length;
      return { type: name, free: concurrency.perProcess - running, perOrg: concurrency.perOrg };
    });
  }

  private begin(job: ClaimedJob): void {
    const handled = this.handled.get(job.type);
    if (!handled) return;
    const { database, logger, isTransient, random = Math.random } = this.options;
    const { leaseMs, graceMs } = this.settings;
    const parts = { database, jobs: this.jobs, logger, leaseMs, graceMs, isTransient, random };
    const attempt = new JobAttempt(job, handled, parts);
    const startedAt = performance.now();
    const work = attempt.carryOut().then(({ kind }) => {
      this.attempts.delete(attempt);
      this.metrics.ended(job.type, kind, performance.now() - startedAt);
      this.wake();
    });
    this.attempts.set(attempt, work);
    // Claimed while the runner stopped.
    if (this.stopped) attempt.abort('stop');
  }

  private async beat(): Promise<void> {
    const { database, workerId } = this.options;
    const running = [...this.attempts.keys()];
    const renewed = await database.run(async (manager) => {
      await this.workers.beat(manager, workerId, running.length);
      if (running.length === 0) return [];
      return this.jobs.renew(
        manager,
        running.map(({ job }) => job),
        this.settings.leaseMs,
      );
    });
    for (const { id, isHeld, isCancelRequested } of renewed) {
      const attempt = running.find(({ job }) => job.id === id);
      if (!isHeld) attempt?.abort('lost');
      else if (isCancelRequested) attempt?.abort('cancel');
    }
  }

  private async forget(): Promise<void> {
    for (const { type } of this.handled.values()) {
      let gone: number;
      do gone = await this.options.database.run((manager) => this.jobs.forget(manager, type.name, type.keepDays));
      while (gone === mostForgotten && !this.stopped);
    }
  }

  private async countFigures(): Promise<void> {
    await this.options.database.run((manager) => this.metrics.count(manager, this.options.schema));
  }

  private every(name: string, periodMs: number, work: () => Promise<void>): void {
    const plan = (): void => {
      if (this.stopped) return;
      const timer = setTimeout(() => this.track(this.attempt(name, work).finally(plan)), periodMs);
      this.timers.set(name, timer.unref());
    };
    plan();
  }

  private track(loop: Promise<void>): void {
    const tracked = loop.finally(() => this.loops.delete(tracked));
    this.loops.add(tracked);
  }

  private async attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.options.logger.warn({ what, reason: reasonOf(error) }, 'job runner: tried again at the next turn');
    }
  }
}
