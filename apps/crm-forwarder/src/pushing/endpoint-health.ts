import type { PushResult } from './push-backend';
import { honoured, longestWaitMs, withJitter } from './retry-schedule';

/** How calls to a service went, over all replicas. */
export interface EndpointHealth {
  failuresInRow: number;
  /** Rests one after another that did not help. */
  restsInRow: number;
  restsUntil: Date | null;
  failingSince: Date | null;
  lastFailureAt: Date | null;
  lastError: string | null;
  disabledAt: Date | null;
  disabledReason: string | null;
}

export const untried: EndpointHealth = {
  failuresInRow: 0,
  restsInRow: 0,
  restsUntil: null,
  failingSince: null,
  lastFailureAt: null,
  lastError: null,
  disabledAt: null,
  disabledReason: null,
};

/** What a call says of its endpoint. `answered`: nothing was delivered, but that was not its fault. */
export type Verdict =
  | { kind: 'delivered' }
  | { kind: 'answered' }
  | { kind: 'gone'; error: string }
  | { kind: 'failing'; error: string; isOfEndpoint: boolean; retryAfterMs: number };

export interface HealthSettings {
  /** PUSH_RETRY_FIRST_MS: the first rest. */
  firstMs: number;
  /** PUSH_DISABLE_AFTER_MS. */
  disableAfterMs: number;
  random?: () => number;
}

/** Failures in a row after which an endpoint rests though none of them was plainly its own. */
const failuresUntilRest = 5;
/** In first rests: 15 minutes where that is 5 s, so that nobody waits longer for an endpoint that is back. */
const longestRest = 180;

/** By the best of its results: an endpoint that takes one of ten messages is not down. */
export function verdictOf(results: readonly PushResult[]): Verdict {
  const gone = results.find((result) => result.outcome === 'gone');
  if (gone) return { kind: 'gone', error: gone.error };
  if (results.some(({ outcome }) => outcome === 'delivered')) return { kind: 'delivered' };
  const retries = results.filter((result) => result.outcome === 'retry');
  const worst = retries.find(({ ofEndpoint }) => ofEndpoint) ?? retries[0];
  if (!worst) return { kind: 'answered' };
  const { error, ofEndpoint = false, retryAfterMs = 0 } = worst;
  return { kind: 'failing', error, isOfEndpoint: ofEndpoint, retryAfterMs };
}

/**
 * The health after a call that delivered nothing. A fault of the endpoint itself makes it rest at once, others after five in a
 * row; each rest in a row is twice as long, and after it one call tries. `isProbe`: this was that call.
 *
 * It is disabled at once when it asks for it, and once it failed for `disableAfterMs` without any success in between. Failures
 * that are further apart than any two attempts of one push are not one span.
 */
export function healthAfter(
  before: EndpointHealth,
  verdict: Exclude<Verdict, { kind: 'delivered' }>,
  { isProbe, now, settings }: { isProbe: boolean; now: Date; settings: HealthSettings },
): EndpointHealth {
  switch (verdict.kind) {
    case 'answered':
      return { ...before, failuresInRow: 0, restsInRow: 0, restsUntil: null };
    case 'gone':
      return disabled({ ...failedOnce(before, verdict.error, now, settings) }, now, verdict.error);
    case 'failing': {
      const failed = failedOnce(before, verdict.error, now, settings);
      const isOver = +now - +(failed.failingSince ?? now) >= settings.disableAfterMs;
      if (isOver) return disabled(failed, now, `no success since ${failed.failingSince?.toISOString() ?? ''}`);
      return rested(failed, verdict, { isProbe, now, settings });
    }
  }
}

function failedOnce(before: EndpointHealth, error: string, now: Date, { firstMs }: HealthSettings): EndpointHealth {
  const isSameSpan = before.lastFailureAt !== null && +now - +before.lastFailureAt <= 2 * longestWaitMs(firstMs);
  return {
    ...before,
    failuresInRow: before.failuresInRow + 1,
    failingSince: (isSameSpan ? before.failingSince : null) ?? now,
    lastFailureAt: now,
    lastError: error,
  };
}

const disabled = (health: EndpointHealth, now: Date, reason: string): EndpointHealth =>
  health.disabledAt ? health : { ...health, disabledAt: now, disabledReason: reason };

function rested(
  health: EndpointHealth,
  { isOfEndpoint, retryAfterMs }: { isOfEndpoint: boolean; retryAfterMs: number },
  { isProbe, now, settings }: { isProbe: boolean; now: Date; settings: HealthSettings },
): EndpointHealth {
  const isTried = health.restsInRow > 0;
  if (!isOfEndpoint && !isTried && health.failuresInRow < failuresUntilRest) return health;
  const asked = +now + honoured(retryAfterMs);
  const isResting = health.restsUntil !== null && health.restsUntil > now && !isProbe;
  // Calls that were under way together fail together: one rest for all of them.
  if (isResting) return { ...health, restsUntil: new Date(Math.max(+(health.restsUntil ?? now), asked)) };
  const doubled = Math.min(2 ** Math.min(health.restsInRow, 30), longestRest) * settings.firstMs;
  const until = Math.max(+now + withJitter(doubled, settings.random), asked);
  return { ...health, restsInRow: health.restsInRow + 1, restsUntil: new Date(until) };
}
