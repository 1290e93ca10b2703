import type { ClaimedDelivery, DeliveryEnd } from '../deliveries/delivery';
import type { SendResult } from '../providers/mail-provider';
import type { TurnEnd } from './mailing';

/** Refused in a row before anybody got the mail: then it is the mail. */
const refusalsUntilFailed = 20;
const shortestPauseMs = 10_000;
const longestError = 500;
/** Too many at once, or at a time (Mailgun says 402 and 420 of its limits on recipients). */
const throttled = /^HTTP (402|420|429)\b/;

/** Ends of one turn of a batch, and what they say of the batch. */
export class CallResults {
  private hasSent: boolean;
  private held: { delivery: ClaimedDelivery; error: string }[] = [];
  private stop: TurnEnd | null = null;
  private lastRetry: string | null = null;

  /** `hasSent`: somebody got this batch's mail before. */
  constructor(hasSent: boolean) {
    this.hasSent = hasSent;
  }

  /** Nobody else of the batch is called in this turn. */
  get isOver(): boolean {
    return this.stop !== null;
  }

  /** How the rows of these recipients end. Certainly not sent: theirs again in a later turn. */
  endsOf(calls: readonly { delivery: ClaimedDelivery; result: SendResult }[]): DeliveryEnd[] {
    this.hasSent ||= calls.some(({ result }) => result.outcome === 'sent');
    const ends = calls.map(({ delivery, result }) => this.endOf(delivery, result));
    if (!this.hasSent) {
      const last = this.held.at(-1);
      if (last && this.held.length >= refusalsUntilFailed) {
        this.stop ??= { kind: 'failed', error: last.error, isAccount: false };
      }
      return ends;
    }
    const refused = this.held.map(({ delivery, error }) => failedEnd(delivery, error));
    this.held = [];
    const later = new Set(refused.map(({ id }) => id));
    return [...ends.filter(({ id }) => !later.has(id)), ...refused];
  }

  /** The template may be mended, or the provider tell it again. */
  later(delivery: ClaimedDelivery, error: string): DeliveryEnd {
    this.lastRetry = error;
    return queuedEnd(delivery, error);
  }

  turnEnd(): TurnEnd {
    if (this.stop) return this.stop;
    if (this.lastRetry !== null) return { kind: 'retry', error: this.lastRetry };
    const last = this.held.at(-1);
    return last ? { kind: 'failed', error: last.error, isAccount: false } : { kind: 'put back' };
  }

  private endOf(delivery: ClaimedDelivery, result: SendResult): DeliveryEnd {
    const { id } = delivery;
    const attempts = delivery.attempts + 1;
    switch (result.outcome) {
      case 'sent':
        return { id, state: 'sent', attempts, providerMessageId: result.providerMessageId };
      case 'unknown':
        return { id, state: 'unknown', attempts, error: short(result.error) };
      case 'refused':
        if (result.bounced) return failedEnd(delivery, result.error);
        // One of many refused is its own fault; all refused is the mail's, and somebody may mend that.
        this.held.push({ delivery, error: short(result.error) });
        return queuedEnd(delivery, result.error);
      case 'retry':
        this.judgeRetry(result);
        return queuedEnd(delivery, result.error);
    }
  }

  private judgeRetry({ error, retryAfterMs, account }: Extract<SendResult, { outcome: 'retry' }>): void {
    if (retryAfterMs !== undefined || throttled.test(error)) {
      this.stop ??= { kind: 'postponed', error: short(error), delayMs: Math.max(retryAfterMs ?? 0, shortestPauseMs) };
    } else if (account) this.stop ??= { kind: 'failed', error: short(error), isAccount: true };
    else this.lastRetry = short(error);
  }
}

const short = (error: string): string => error.slice(0, longestError);
const failedEnd = ({ id, attempts }: ClaimedDelivery, error: string): DeliveryEnd => ({
  id,
  state: 'failed',
  attempts: attempts + 1,
  error: short(error),
});
const queuedEnd = ({ id, attempts }: ClaimedDelivery, error: string): DeliveryEnd => ({
  id,
  state: 'queued',
  attempts,
  error: short(error),
  delayMs: 0,
});
