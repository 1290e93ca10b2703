import type { MailProvider } from '../providers/mail-provider';

/** `accepted`: the provider took the mail over, and no more. `other` means nothing here. */
export type MailEventType =
  'accepted' | 'delivered' | 'opened' | 'clicked' | 'failed' | 'blocked' | 'unsubscribed' | 'complained' | 'other';

/** What a provider says of one mail, in one form for all of them (email-events.md §5, email-and-mtt.md §4). */
export interface MailEvent {
  /** The provider's id of the event, or one made of message id, type, time and recipient: the same event has the same. */
  id: string;
  provider: MailProvider['kind'];
  /** The account whose provider said it: it speaks of that account's mails only. Null where nobody says whose it is (the bare
   *  webhook path, off by default); then only the recipient must be right. */
  serviceId: number | null;
  type: MailEventType;
  /** Of `failed` only. `temporary`: the provider tries again. */
  severity: 'permanent' | 'temporary' | null;
  /** Trimmed, lower case. */
  recipient: string;
  /** Row of mail.deliveries, as it stood in the message's variables. */
  deliveryId: number | null;
  /** Without angle brackets. */
  providerMessageId: string | null;
  /** `type:id` (email-and-mtt.md §1.4). */
  customId: string | null;
  at: Date;
  /** Code 0 where none is given or it is no number; message 2 000 characters at most, enhanced code 50. */
  error: { code: number; enhancedCode: string | null; message: string } | null;
  /** Opened by a machine: recorded, not counted. */
  isMachine: boolean;
  /** A permanent failure because the provider had suppressed the address before. */
  isSuppressed: boolean;
  /** Said by the call itself, which refused the mail: it was never sent. */
  isRefusal?: true;
}

/** What became of one page. */
export interface PageResult {
  delivered: number;
  opened: number;
  clicked: number;
  temporaryFailed: number;
  permanentFailed: number;
  blocked: number;
  unsubscribed: number;
  complained: number;
  /** Of a type that is not counted here. */
  unhandled: number;
  /** No row, or another recipient. */
  unprocessable: number;
}

/** Stores a page of events and all they bring about, in one transaction. Every effect is idempotent and free of order.
 *  Rejects when the page is not stored, and then nothing of it is. */
export interface EventStorage {
  store(events: readonly MailEvent[]): Promise<PageResult>;
}

/** Pages through here, on this thread or through a worker: resolves once the page is stored. */
export interface EventPages {
  process(events: readonly MailEvent[]): Promise<PageResult>;
}
