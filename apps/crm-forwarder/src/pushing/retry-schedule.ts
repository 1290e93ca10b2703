/** Waits after the first attempt, the second, and so on, in first waits: with one of 5 s these are 5 s, 5 min, 30 min, 2 h,
 *  5 h, 10 h, 14 h, 20 h and 24 h, so ten attempts over 75.6 h. */
const waits = [1, 60, 360, 1_440, 3_600, 7_200, 10_080, 14_400, 17_280];
const spread = 0.2;
const longestRetryAfterMs = 24 * 60 * 60_000;

export interface RetrySettings {
  /** PUSH_RETRY_FIRST_MS: scales all of them. */
  firstMs: number;
  /** At least 0, below 1. */
  random?: () => number;
}

/** Up to a fifth more or less, so that what failed together is not tried together. */
export const withJitter = (ms: number, random: () => number = Math.random): number =>
  Math.round(ms * (1 - spread + 2 * spread * random()));

/** What an endpoint asks for in Retry-After, as far as it is honoured. */
export const honoured = (retryAfterMs = 0): number => Math.min(Math.max(retryAfterMs, 0), longestRetryAfterMs);

/** Ms until the attempt after `attempts` of them, not before the endpoint wants it; null when there is none. */
export function retryDelayMs(attempts: number, { firstMs, random }: RetrySettings, retryAfterMs = 0): number | null {
  const wait = waits[attempts - 1];
  if (wait === undefined) return null;
  return Math.max(withJitter(wait * firstMs, random), honoured(retryAfterMs));
}

/** The longest two attempts of one push are apart. */
export const longestWaitMs = (firstMs: number): number => Math.max(...waits) * firstMs * (1 + spread);
