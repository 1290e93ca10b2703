const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const firstDelaysMs = [1, 5, 15, 60].map((minutes) => minutes * minuteMs);
const firstDelaysSumMs = firstDelaysMs.reduce((sum, delay) => sum + delay, 0);

/** From the first attempt; what is not sent by then has failed. */
export const mailRetrySpanMs = 3 * 24 * hourMs;

/** Ms from the attempt with this number (from 1) to the next one; null when the span ends before (email-and-mtt.md 1.3). */
export function mailRetryDelayMs(attempts: number): number | null {
  const first = firstDelaysMs[attempts - 1];
  if (first !== undefined) return first;
  const hours = attempts - firstDelaysMs.length;
  return firstDelaysSumMs + hours * hourMs <= mailRetrySpanMs ? hourMs : null;
}

/** As above, of mails to targets, which go on hourly until their own end (email-and-mtt.md 5.7). */
export const targetMailRetryDelayMs = (attempts: number): number => firstDelaysMs[attempts - 1] ?? hourMs;

export interface MailAttempt {
  /** Made so far, this one included. */
  attempts: number;
  firstAttemptAt: Date;
  now: Date;
  /** What the provider asked for. */
  retryAfterMs?: number | null;
  /** Of no use after that. */
  notAfter: Date | null;
}

export type NextMailAttempt = { retryAt: Date } | { failed: 'retries exhausted' | 'too late' };

/** When to try again after an attempt that surely sent nothing. A mail that could only be tried too late fails at once. */
export function nextMailAttempt({
  attempts,
  firstAttemptAt,
  now,
  retryAfterMs,
  notAfter,
}: MailAttempt): NextMailAttempt {
  const delayMs = mailRetryDelayMs(attempts);
  if (delayMs === null) return { failed: 'retries exhausted' };
  const retryAtMs = now.getTime() + Math.max(delayMs, retryAfterMs ?? 0);
  if (notAfter !== null && retryAtMs > notAfter.getTime()) return { failed: 'too late' };
  if (retryAtMs - firstAttemptAt.getTime() > mailRetrySpanMs) return { failed: 'retries exhausted' };
  return { retryAt: new Date(retryAtMs) };
}

/** Until when a mail may be sent that names no end itself. */
export const defaultMailNotAfter = (firstAttemptAt: Date): Date => new Date(firstAttemptAt.getTime() + mailRetrySpanMs);
