import type { EntityManager } from 'typeorm';
import type { JobDatabase } from './job-database';
import { type AbortReason, StepRefusedError } from './job.error';
import type { JobRun, StepMark } from './job-handler';
import type { ClaimedJob, JobRepository } from './job.repository';

export interface LiveRunParts {
  database: JobDatabase;
  jobs: JobRepository;
  leaseMs: number;
  /** Tells the attempt to end. */
  abort: (reason: AbortReason) => void;
}

/** A job in the hands of this process. */
export class LiveRun implements JobRun {
  readonly id: number;
  readonly orgId: number;
  attempt: number;
  cursor: unknown;
  wasRefused = false;
  private steps: number;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly job: ClaimedJob,
    readonly payload: unknown,
    cursor: unknown,
    readonly signal: AbortSignal,
    private readonly parts: LiveRunParts,
  ) {
    this.id = job.id;
    this.orgId = job.orgId;
    this.attempt = job.attempts;
    this.steps = job.steps;
    this.cursor = cursor;
  }

  async step<T>(
    work: (manager: EntityManager) => Promise<T>,
    mark: StepMark<unknown> | ((result: T) => StepMark<unknown>) = {},
  ): Promise<T> {
    const turn = this.last.then(() => this.carryOut(work, mark));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /**
   * When the answer to COMMIT is lost nobody knows whether the step was done. The count of steps in the row then differs from
   * ours, or not: the next step of this run goes through only where it was not.
   */
  private async carryOut<T>(
    work: (manager: EntityManager) => Promise<T>,
    mark: StepMark<unknown> | ((result: T) => StepMark<unknown>),
  ): Promise<T> {
    const { database, jobs, leaseMs } = this.parts;
    const { result, written } = await database.transaction(async (manager) => {
      await this.holdRow(manager);
      const done = await work(manager);
      const marked = typeof mark === 'function' ? mark(done) : mark;
      // Told to end meanwhile: what was done so far still counts.
      await jobs.mark(manager, this.id, marked, leaseMs);
      return { result: done, written: marked };
    });
    this.steps += 1;
    if (written.cursor !== undefined) {
      this.cursor = written.cursor;
      this.attempt = 1;
    }
    return result;
  }

  private async holdRow(manager: EntityManager): Promise<void> {
    if (this.signal.aborted) this.refuse(this.signal.reason as AbortReason);
    const held = await this.parts.jobs.hold(manager, this.job, this.steps);
    if (!held) this.refuse('lost');
    else if (held.isCancelRequested) this.refuse('cancel');
  }

  private refuse(reason: AbortReason): never {
    this.wasRefused = true;
    this.parts.abort(reason);
    throw new StepRefusedError(reason);
  }
}
