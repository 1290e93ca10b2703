import { setTimeout as sleep } from 'node:timers/promises';
import { outcomeOf, reasonOf, type AttemptOutcome, type HandlerEnd } from './attempt-outcome';
import type { JobDatabase, JobLogger } from './job-database';
import { type AbortReason, PermanentJobError } from './job.error';
import type { HandledType } from './job-handler';
import type { ClaimedJob, JobRepository } from './job.repository';
import { LiveRun } from './live-run';

export interface AttemptParts {
  database: JobDatabase;
  jobs: JobRepository;
  logger: JobLogger;
  leaseMs: number;
  /** How long a handler may take to leave once it is told to. */
  graceMs: number;
  isTransient: (error: unknown) => boolean;
  random: () => number;
}

const recordRetryMs = 500;

/** One attempt at one job: calls the handler, ends it when it must end, and records what came of it. */
export class JobAttempt {
  private readonly controller = new AbortController();
  private run: LiveRun | null = null;
  private giveUp: (end: HandlerEnd) => void = () => undefined;
  private readonly startedAt = performance.now();

  constructor(
    readonly job: ClaimedJob,
    private readonly handled: HandledType,
    private readonly parts: AttemptParts,
  ) {}

  get aborted(): AbortReason | null {
    return this.controller.signal.aborted ? (this.controller.signal.reason as AbortReason) : null;
  }

  /** Tells the handler to leave; one that does not within the grace is left behind: its steps are refused from then on. */
  abort(reason: AbortReason): void {
    if (this.aborted) return;
    this.controller.abort(reason);
    setTimeout(() => this.giveUp({ left: 'stuck' }), this.parts.graceMs).unref();
  }

  /** Never throws. */
  async carryOut(): Promise<AttemptOutcome> {
    const timer = setTimeout(() => this.abort('timeout'), this.handled.type.timeoutMs);
    timer.unref();
    const gaveUp = new Promise<HandlerEnd>((resolve) => (this.giveUp = resolve));
    const end = await Promise.race([this.callHandler(), gaveUp]);
    clearTimeout(timer);
    const outcome = outcomeOf(end, {
      type: this.handled.type,
      attempts: this.run?.attempt ?? this.job.attempts,
      maxAttempts: this.job.maxAttempts,
      aborted: this.aborted,
      wasRefused: this.run?.wasRefused ?? false,
      isTransient: this.parts.isTransient,
      random: this.parts.random,
    });
    const recorded = (await this.record(outcome)) ? outcome : ({ kind: 'lost' } as const);
    this.tell(recorded, end);
    return recorded;
  }

  private async callHandler(): Promise<HandlerEnd> {
    const { type, handler } = this.handled;
    try {
      this.run = new LiveRun(
        this.job,
        parsed(type.payload, this.job.payload, 'payload'),
        this.job.cursor === null ? null : parsed(type.cursor, this.job.cursor, 'cursor'),
        this.controller.signal,
        { ...this.parts, abort: (reason) => this.abort(reason) },
      );
      return { left: 'returned', result: await handler.run(this.run) };
    } catch (error) {
      return { left: 'threw', error };
    }
  }

  /** The database may be away: tried for as long as the lease can last. After that the job returns by itself. */
  private async record(outcome: AttemptOutcome): Promise<boolean> {
    const { database, jobs, leaseMs, graceMs, isTransient, logger } = this.parts;
    const until = performance.now() + (this.aborted === 'stop' ? graceMs : leaseMs);
    for (;;) {
      try {
        return await database.run((manager) => jobs.end(manager, this.job, outcome));
      } catch (error) {
        if (isTransient(error) && performance.now() < until) {
          await sleep(recordRetryMs);
          continue;
        }
        logger.warn({ ...this.fields(), reason: reasonOf(error) }, 'end of a job not recorded: it will be tried again');
        return false;
      }
    }
  }

  private tell(outcome: AttemptOutcome, end: HandlerEnd): void {
    const { logger } = this.parts;
    const error = 'error' in outcome && outcome.error !== null ? { reason: outcome.error } : {};
    const fields = {
      ...this.fields(),
      outcome: outcome.kind,
      ms: Math.round(performance.now() - this.startedAt),
      ...error,
    };
    if (end.left === 'stuck') logger.error({ ...fields, aborted: this.aborted }, 'a job did not end when told to');
    if (outcome.kind === 'failed') logger.error(fields, 'job failed');
    else if (outcome.kind === 'complete' || outcome.kind === 'canceled') logger.info(fields, 'job ended');
    else logger.warn(fields, 'job to be tried again');
  }

  private fields() {
    const { id: jobId, type: jobType, orgId, attempts } = this.job;
    return { jobId, jobType, orgId, attempt: attempts };
  }
}

function parsed(schema: HandledType['type']['payload'], value: unknown, what: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const fields = result.error.issues.map(({ path, code }) => `${path.join('.')} ${code}`);
  throw new PermanentJobError(`its ${what} does not fit its type: ${fields.join(', ')}`);
}
