import type { ClaimedDelivery } from '../deliveries/delivery';

/**
 * `open`: its content, its recipients or the word that these are all has not come yet. `pending`: to be prepared, or to be
 * sent. `submitting`: some replica sends. `submitted`: every batch was taken by the provider, which says nothing of delivery.
 */
export type MailingState = 'open' | 'pending' | 'submitting' | 'submitted' | 'failed' | 'stopped';

/** `submitting` without a claim: the end of some of its calls is not known. */
export type BatchState = 'pending' | 'submitting' | 'submitted' | 'failed';

/** What all mails of a mailing have in common. */
export interface MailingContent {
  template: string | null;
  subject: string | null;
  html: string | null;
  text: string | null;
  trackOpens: boolean;
  trackClicks: boolean;
}

/** A batch that this process alone sends, until its claim ends. */
export interface ClaimedBatch {
  id: number;
  mailingId: number;
  mailing: string;
  number: number;
  orgId: number;
  attempts: number;
  /** Somebody got this batch's mail in an earlier turn. */
  isStarted: boolean;
  content: MailingContent;
}

/** Recipients of a batch, reserved; null when the batch is no longer this claim's. */
export interface BatchPage {
  isStopped: boolean;
  rows: ClaimedDelivery[];
}

/** How a turn of a batch ended, for those of its recipients who are still to get their mail. */
export type TurnEnd =
  /** Sent on by whoever comes next: the sender stops, the account rests. */
  | { kind: 'put back' }
  /** The provider asked for it: later, in smaller batches. */
  | { kind: 'postponed'; error: string; delayMs: number }
  | { kind: 'retry'; error: string }
  /** Useless to try again before somebody changed something; `isAccount`: the same holds for the mailing's other batches. */
  | { kind: 'failed'; error: string; isAccount: boolean };

export interface BatchRetries {
  /** Retries of a batch whose calls fail, and ms before the first; doubles each time. */
  retries: number;
  firstMs: number;
}
