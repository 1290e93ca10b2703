import type { PushResult } from './push-backend';
import { retryDelayMs, type RetrySettings } from './retry-schedule';

/** A push under way. */
export interface ClaimedPush {
  id: string;
  orgId: number;
  messageId: string;
  actionId: number | null;
  body: string;
  /** Made so far. */
  attempts: number;
  /** Header `traceparent` of the message. */
  trace?: string | null;
}

/** How an attempt ended, for its row and its push. */
export interface PushEnd {
  id: string;
  state: 'delivered' | 'waiting' | 'failed';
  attempts: number;
  error: string | null;
  /** Until it is due again; 0 where it does not wait. */
  delayMs: number;
  attempt: {
    number: number;
    outcome: 'delivered' | 'retry' | 'failed';
    status: number | null;
    error: string | null;
    excerpt: string | null;
  };
}

const longestError = 500;
/** Postgres takes no NUL in a text. */
const storable = (text: string, length: number): string => text.replaceAll('\0', '').slice(0, length);
const longestExcerpt = 1_024;

/** Nobody was there, or it asks for a pause. Any other answer may be about this one message, however much it looks like the
 *  endpoint's: it costs an attempt, so that such a message comes to an end. */
const isAway = (status: number | undefined): boolean => status === undefined || status === 429 || status === 503;

/** What a backend's result means for the push. A fault of the endpoint itself costs no attempt: the endpoint rests, and the
 *  push waits for it behind those that are due already, so that no single message keeps trying an endpoint for the others. */
export function endOf({ id, attempts }: ClaimedPush, result: PushResult, settings: RetrySettings): PushEnd {
  const made = attempts + 1;
  const error = result.outcome === 'delivered' ? null : storable(result.error, longestError);
  const attempt = {
    number: made,
    status: result.status ?? null,
    error,
    excerpt: result.excerpt === undefined ? null : storable(result.excerpt, longestExcerpt),
  };
  const waiting = (counted: number, delayMs: number): PushEnd => ({
    id,
    state: 'waiting',
    attempts: counted,
    error,
    delayMs,
    attempt: { ...attempt, outcome: 'retry' },
  });
  const over = (state: 'delivered' | 'failed'): PushEnd => ({
    id,
    state,
    attempts: made,
    error,
    delayMs: 0,
    attempt: { ...attempt, outcome: state },
  });
  switch (result.outcome) {
    case 'delivered':
    case 'failed':
      return over(result.outcome);
    case 'gone':
      return waiting(attempts, 0);
    case 'retry': {
      if (result.ofEndpoint && isAway(result.status)) return waiting(attempts, 0);
      const delayMs = retryDelayMs(made, settings, result.retryAfterMs);
      return delayMs === null ? over('failed') : waiting(made, delayMs);
    }
  }
}
