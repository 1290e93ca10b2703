/** Where a mail stands. `unknown`: the provider was called and nobody knows what came of it; only a person resends it.
 *  `returned`: a mail to a target that was not to be sent just now; whoever asked for it may ask again. */
export type DeliveryState = 'queued' | 'sending' | 'sent' | 'failed' | 'unknown' | 'returned';

/** Who gets it. */
export interface Recipient {
  email: string;
  name: string | null;
}

/** One mail somebody asked for, before it has a row. */
export interface DeliveryDraft {
  /** Unique for ever: one purpose is mailed once. */
  purpose: string;
  kind: string;
  customId: string;
  /** Whose email backend, sender address and templates it uses. */
  orgId: number;
  campaignId: number | null;
  pageId: number | null;
  actionId: number | null;
  /** The supporter's contactRef and when they acted: an erasure after that stops the mail. */
  ref: Buffer | null;
  acceptedAt: Date | null;
  template: string | null;
  locale: string | null;
  recipient: Recipient;
  variables: Record<string, unknown>;
  notBefore: Date | null;
  notAfter: Date | null;
  /** Header `traceparent` of what asked for it, where somebody records the trace; gone once it has ended. */
  trace?: string | null;
}

/** A reserved row: until the claim ends nobody else takes it. */
export interface ClaimedDelivery extends DeliveryDraft {
  id: number;
  attempts: number;
  createdAt: Date;
  /** `transactional`: the account is the org's transactional backend, and the mail counts towards its budget. */
  route?: 'transactional' | 'ordinary' | 'counted' | null;
}

/** What the last look before the call says. */
export interface LastLook {
  id: number;
  isErased: boolean;
  isTooLate: boolean;
  /** The account's provider takes no more mail for this address. */
  isSuppressed: boolean;
}

/** How a claim ended. */
export type DeliveryEnd = { id: number } & (
  | { state: 'sent'; attempts: number; providerMessageId: string | null }
  | { state: 'failed' | 'unknown'; attempts: number; error: string }
  | { state: 'queued'; attempts: number; error: string | null; delayMs: number; route?: 'ordinary' }
);
