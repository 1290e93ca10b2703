import { isStorableJson, toStorableText } from '@groundswell/domain';
import { type AbortReason, PermanentJobError } from './job.error';
import type { JobType } from './job-type';

/** How a handler left: with a result, by a throw, or (`stuck`) not at all although it was told to. */
export type HandlerEnd = { left: 'returned'; result: unknown } | { left: 'threw'; error: unknown } | { left: 'stuck' };

/** What a handler returns that found nothing to do: a job that nobody can look for, at its first attempt, then leaves no row. */
export const nothingToDo = Symbol('nothing to do');

/** What becomes of the job. `error` of a release: a fault of the surroundings, which counts against nobody. */
export type AttemptOutcome =
  | { kind: 'complete'; result: string | null; isIdle?: true }
  | { kind: 'failed'; error: string }
  | { kind: 'retried'; error: string; delayMs: number }
  | { kind: 'released'; error: string | null; delayMs: number }
  | { kind: 'canceled' }
  | { kind: 'lost' };

export interface AttemptFacts {
  type: JobType;
  /** Attempts since the cursor moved, this one among them. */
  attempts: number;
  maxAttempts: number;
  /** Why it was told to end, if it was. */
  aborted: AbortReason | null;
  /** A step was refused, so whatever it returned, it is not done. */
  wasRefused: boolean;
  isTransient: (error: unknown) => boolean;
  random: () => number;
}

/** How long a job waits after a fault of the surroundings. */
const releasedMs = 5_000;
const longestError = 1_000;

/** A handler that returned is done, whatever it was told meanwhile: what it did stands. */
export function outcomeOf(end: HandlerEnd, facts: AttemptFacts): AttemptOutcome {
  if (facts.aborted === 'lost') return { kind: 'lost' };
  if (end.left === 'returned' && !facts.wasRefused) return completed(end.result);
  switch (facts.aborted) {
    case 'stop':
      return { kind: 'released', error: null, delayMs: 0 };
    case 'cancel':
      return { kind: 'canceled' };
    case 'timeout':
      return failedAttempt(`took longer than ${facts.type.timeoutMs} ms`, facts);
    case null:
      return thrown(end.left === 'threw' ? end.error : end.left, facts);
  }
}

function completed(result: unknown): AttemptOutcome {
  if (result === nothingToDo) return { kind: 'complete', result: null, isIdle: true };
  try {
    const json = result === undefined ? null : (JSON.stringify(result) ?? null);
    if (json === null || isStorableJson(json)) return { kind: 'complete', result: json };
    return { kind: 'failed', error: 'its result has text that Postgres does not take' };
  } catch (error) {
    return { kind: 'failed', error: `its result is no JSON: ${reasonOf(error)}` };
  }
}

function thrown(error: unknown, facts: AttemptFacts): AttemptOutcome {
  const reason = reasonOf(error);
  if (error instanceof PermanentJobError) return { kind: 'failed', error: reason };
  if (facts.isTransient(error)) return { kind: 'released', error: reason, delayMs: jittered(releasedMs, facts.random) };
  return failedAttempt(reason, facts);
}

function failedAttempt(error: string, { attempts, maxAttempts, type, random }: AttemptFacts): AttemptOutcome {
  if (attempts >= maxAttempts) return { kind: 'failed', error };
  return { kind: 'retried', error, delayMs: retryDelayMs(type.backoff, attempts, random) };
}

/** 1 for the first failed attempt. */
export const retryDelayMs = (
  { firstMs, longestMs }: JobType['backoff'],
  attempts: number,
  random: () => number,
): number => jittered(Math.min(firstMs * 2 ** Math.min(attempts - 1, 30), longestMs), random);

/** Between half of it and all, so that what failed together does not come back together. */
const jittered = (ms: number, random: () => number): number => Math.round(ms * (0.5 + random() / 2));

export const reasonOf = (error: unknown): string =>
  toStorableText(error instanceof Error ? error.message : String(error)).slice(0, longestError);
