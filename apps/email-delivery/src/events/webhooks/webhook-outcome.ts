import type { EventFault } from './webhook-pages';
import type { ClaimedWebhook, FailedWebhook } from './webhook.repository';

const minuteMs = 60_000;
/** Then hourly. */
const firstDelaysMs = [1, 5, 15, 60].map((minutes) => minutes * minuteMs);
const mostAttempts = 12;

/** How long until the next attempt; null after the last. */
export const webhookRetryDelayMs = (attempts: number): number | null =>
  attempts >= mostAttempts ? null : (firstDelaysMs[attempts - 1] ?? 60 * minuteMs);

/** What stays of a webhook of which so much could not be applied: only that, with the reason of the first. */
export function failedWebhook(
  { id, attempts, body }: ClaimedWebhook,
  faults: readonly EventFault[],
  total: number,
): FailedWebhook {
  const tried = faults.find(({ isFinal }) => !isFinal);
  const { reason } = tried ?? faults[0] ?? { reason: 'nothing is known' };
  const isWhole = faults.length === total;
  return {
    id,
    attempts,
    body: isWhole ? (body ?? '') : JSON.stringify(faults.map(({ raw }) => raw)),
    error: `${faults.length} of ${total} events: ${reason}`,
    delayMs: tried ? webhookRetryDelayMs(attempts) : null,
  };
}
