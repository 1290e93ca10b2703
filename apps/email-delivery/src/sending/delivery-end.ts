import { isTargetCustomId, targetMailRetryDelayMs } from '@groundswell/domain';
import type { ClaimedDelivery, DeliveryEnd } from '../deliveries/delivery';
import type { SendResult } from '../providers/mail-provider';

/** Ms until the attempt after this many; null when there is none. */
export type RetryDelay = (attempts: number) => number | null;

const longestError = 500;
const short = (error: string): string => error.slice(0, longestError);

/** Not this time: tried again on the schedule, or failed at its end. */
export function laterEnd(
  { id, attempts, customId }: Pick<ClaimedDelivery, 'id' | 'attempts' | 'customId'>,
  error: string,
  retryDelay: RetryDelay,
  atLeastMs = 0,
): DeliveryEnd {
  const made = attempts + 1;
  const delayMs = isTargetCustomId(customId) ? targetMailRetryDelayMs(made) : retryDelay(made);
  if (delayMs === null) return { id, state: 'failed', attempts: made, error: short(error) };
  return { id, state: 'queued', attempts: made, error: short(error), delayMs: Math.max(delayMs, atLeastMs) };
}

/** What a provider's answer means for the row. */
export function endOf(delivery: ClaimedDelivery, result: SendResult, retryDelay: RetryDelay): DeliveryEnd {
  const { id } = delivery;
  const attempts = delivery.attempts + 1;
  switch (result.outcome) {
    case 'sent':
      return { id, state: 'sent', attempts, providerMessageId: result.providerMessageId };
    case 'refused':
      return { id, state: 'failed', attempts, error: short(result.error) };
    case 'unknown':
      return { id, state: 'unknown', attempts, error: short(result.error) };
    case 'retry':
      // The account's fault costs the mail no attempt: the account rests, and the mail waits for it.
      return result.account
        ? { id, state: 'queued', attempts: delivery.attempts, error: short(result.error), delayMs: 0 }
        : laterEnd(delivery, result.error, retryDelay, result.retryAfterMs);
  }
}
