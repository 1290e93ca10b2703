import type { EmailStatus } from './status';

/** What a mail provider reports for good. A soft bounce is no event here: it is only logged. */
export type EmailEvent = 'bounce' | 'blocked' | 'spam' | 'unsub';

const settable: ReadonlySet<string> = new Set(['double_opt_in', 'bounce', 'blocked', 'spam', 'unsub']);

/** The only values a supporter's email status changes to, also by a detail look-up (processing.md 5.6, 8.2). */
export const isSettableEmailStatus = (
  status: string,
): status is 'double_opt_in' | 'bounce' | 'blocked' | 'spam' | 'unsub' => settable.has(status);

/** A reject link takes a double opt-in back; every other status stays. */
export const emailStatusAfterReject = (current: EmailStatus): EmailStatus =>
  current === 'double_opt_in' ? 'unsub' : current;

/**
 * The status once two were told, whichever came first (email-and-mtt.md §3.2, §4): the later one by the time it is about. Spam stays,
 * whatever a link says. `current.at` is null while nothing was told.
 */
export function latestEmailStatus(
  current: { status: EmailStatus; at: Date | null },
  told: { status: EmailStatus; at: Date },
): EmailStatus {
  if (current.status === 'spam' || told.status === 'spam') return 'spam';
  return current.at !== null && told.at < current.at ? current.status : told.status;
}
