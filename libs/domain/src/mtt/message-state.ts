/** Where a mail to a target stands (email-and-mtt.md §5.7). `unknown`: the provider was called and nobody knows what came of it. */
export type MessageState = 'pending' | 'sending' | 'sent' | 'failed' | 'cancelled' | 'unknown';

/** What email-delivery tells of a mail (`mail-outcome.v1`). */
export type MessageOutcomeKind =
  | 'sent'
  | 'failed'
  | 'unknown'
  | 'returned'
  | 'cancelled'
  | 'delivered'
  | 'opened'
  | 'clicked'
  | 'bounce'
  | 'soft_bounce'
  | 'blocked'
  | 'spam'
  | 'unsub';

export interface MessageOutcome {
  kind: MessageOutcomeKind;
  /** Number of the asking it answers; null for what a provider tells later. */
  attempt: number | null;
  error: string | null;
  at: Date;
}

export interface MessageRecord {
  state: MessageState;
  /** How often it was asked for. */
  attempts: number;
  sentAt: Date | null;
  delivered: boolean;
  opened: boolean;
  clicked: boolean;
  error: string | null;
}

/** What the provider says of it afterwards proves that it went out. */
const afterSending = new Set<MessageOutcomeKind>([
  'delivered',
  'opened',
  'clicked',
  'bounce',
  'soft_bounce',
  'blocked',
  'spam',
  'unsub',
]);

/**
 * The record after one outcome. Any order and repetition end alike: sent stays sent, failed gives way to sent only, and
 * what an older asking returned no longer counts. Null: nothing changes.
 */
export function applyOutcome(record: MessageRecord, outcome: MessageOutcome): MessageRecord | null {
  if (outcome.kind === 'sent' || afterSending.has(outcome.kind)) return asSent(record, outcome);
  const { state, attempts } = record;
  const { error } = outcome;
  const isOpen = state === 'pending' || state === 'sending';
  switch (outcome.kind) {
    case 'failed':
      return isOpen || state === 'unknown' ? { ...record, state: 'failed', error } : null;
    case 'unknown':
      return isOpen ? { ...record, state: 'unknown', error } : null;
    case 'cancelled':
      return isOpen ? { ...record, state: 'cancelled', error } : null;
    default:
      // Unknown because no answer came: this is the answer. What email-delivery calls unknown it never returns.
      if (state !== 'sending' && state !== 'unknown') return null;
      return outcome.attempt === attempts ? { ...record, state: 'pending', error } : null;
  }
}

function asSent(record: MessageRecord, { kind, error, at }: MessageOutcome): MessageRecord | null {
  const clicked = record.clicked || kind === 'clicked';
  const opened = record.opened || clicked || kind === 'opened';
  const delivered = record.delivered || opened || kind === 'delivered';
  const isFirst = record.state !== 'sent';
  const kept = isFirst ? null : record.error;
  const next: MessageRecord = {
    ...record,
    state: 'sent',
    // An event may come before the word that it was sent, which knows the time better.
    sentAt: kind === 'sent' || record.sentAt === null ? earlier(record.sentAt, at) : record.sentAt,
    delivered,
    opened,
    clicked,
    error: isComplaint(kind) ? error : kept,
  };
  return isSame(record, next) ? null : next;
}

const earlier = (a: Date | null, b: Date): Date => (a && a < b ? a : b);

const isComplaint = (kind: MessageOutcomeKind): boolean =>
  ['bounce', 'soft_bounce', 'blocked', 'spam', 'unsub'].includes(kind);

const isSame = (a: MessageRecord, b: MessageRecord): boolean =>
  a.state === b.state &&
  a.sentAt?.getTime() === b.sentAt?.getTime() &&
  a.delivered === b.delivered &&
  a.opened === b.opened &&
  a.clicked === b.clicked &&
  a.error === b.error;
