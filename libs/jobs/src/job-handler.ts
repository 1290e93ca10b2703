import type { EntityManager } from 'typeorm';
import { JobSetupError } from './job.error';
import type { JobType } from './job-type';

/** What people see of a job under way. */
export interface JobProgress {
  done?: number;
  total?: number;
  note?: string;
}

/** Written with a step. A field left out stays as it was. */
export interface StepMark<C> {
  cursor?: C;
  progress?: JobProgress;
}

/** One attempt at a job, as its handler sees it. */
export interface JobRun<P = unknown, C = unknown> {
  readonly id: number;
  /** 0: our own. */
  readonly orgId: number;
  /** 1 for the first since the cursor moved. */
  readonly attempt: number;
  readonly payload: P;
  /** As the last step left it; null before the first that wrote one. */
  readonly cursor: C | null;
  /** Aborted when the attempt must end: hand it to whatever waits, leave by `throwIfAborted`. A return says that all is done. */
  readonly signal: AbortSignal;
  /**
   * One transaction that happens once, however often the job is tried: it holds the job's row and first checks that this
   * attempt still has the job. Effects and mark are committed together. Throws StepRefusedError, having changed nothing, when
   * the attempt must end. Steps of a run come one after the other.
   */
  step<T>(work: (manager: EntityManager) => Promise<T>, mark?: StepMark<C> | ((result: T) => StepMark<C>)): Promise<T>;
}

export type JobRunOf<T> = T extends JobType<infer P, infer C> ? JobRun<P, C> : never;

/**
 * Does jobs of one type. What it does outside of steps may happen more than once. What it returns is kept as the result (JSON).
 * A throw is a failed attempt, unless it is a PermanentJobError or a fault of the surroundings.
 */
export interface JobHandler<P = unknown, C = unknown> {
  run(job: JobRun<P, C>): Promise<unknown>;
}

export interface HandledType {
  type: JobType;
  handler: JobHandler;
}

/** Each listed type with its one handler; throws when there is none, two, or one for a type that is not listed. */
export function matchHandlers(
  types: readonly JobType[],
  claims: readonly { name: string; handler: JobHandler }[],
): Map<string, HandledType> {
  const problems: string[] = [];
  const matched = new Map<string, HandledType>();
  for (const type of types) {
    if (matched.has(type.name)) problems.push(`"${type.name}" is listed twice`);
    const handlers = claims.filter(({ name }) => name === type.name);
    const [first] = handlers;
    if (!first) problems.push(`"${type.name}" has no handler`);
    else matched.set(type.name, { type, handler: first.handler });
    if (handlers.length > 1) problems.push(`"${type.name}" has ${handlers.length} handlers`);
  }
  for (const { name } of claims) {
    if (!types.some((type) => type.name === name)) problems.push(`"${name}" has a handler but is not listed`);
  }
  if (problems.length > 0) throw new JobSetupError([...new Set(problems)]);
  return matched;
}
