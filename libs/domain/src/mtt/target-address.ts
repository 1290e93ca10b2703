import type { EmailStatus } from '../processing/status';
import type { MessageOutcome } from './message-state';

/** What is known of an address of a target (email-and-mtt.md §4). */
export interface AddressRecord {
  status: EmailStatus;
  softBounces: number;
  error: string | null;
  /** When it last bounced softly; null: never. */
  bouncedAt: Date | null;
  /** When the newest mail that a provider took for it was handed over; null: none was. */
  acceptedAt: Date | null;
}

export const newAddress: AddressRecord = {
  status: 'none',
  softBounces: 0,
  error: null,
  bouncedAt: null,
  acceptedAt: null,
};

/** The mail the outcome is about. */
export interface AddressedMail {
  askedAt: Date | null;
  /** A soft bounce of it was counted. */
  hasBounced: boolean;
}

/** What a returned mail says whose address the provider's account takes no more mail for. */
export const suppressedAddress = 'suppressed';

/** Of several things that end an address the graver stays, in whichever order they come. */
const graveness = (status: EmailStatus): number => ['bounce', 'blocked', 'unsub', 'spam'].indexOf(status);

/** Whether mails may go to it. */
export const isUsableAddress = (status: EmailStatus): boolean => status === 'none' || status === 'active';

/**
 * The address after one outcome of a mail to it. A mail that was under way when the address bounced says nothing about it
 * when it is taken, in whichever order both become known; what is bounced for good stays so. Null: nothing changes.
 */
export function applyToAddress(
  address: AddressRecord,
  mail: AddressedMail,
  outcome: MessageOutcome,
  softBounceLimit: number,
): AddressRecord | null {
  const { error } = outcome;
  switch (outcome.kind) {
    case 'sent':
      return afterAcceptance(address, mail);
    case 'soft_bounce':
      return mail.hasBounced ? null : afterSoftBounce(address, outcome, softBounceLimit);
    case 'bounce':
    case 'blocked':
    case 'spam':
    case 'unsub':
      return ended(address, outcome.kind, error);
    case 'returned':
      return error === suppressedAddress ? ended(address, 'blocked', error) : null;
    default:
      return null;
  }
}

const ended = (address: AddressRecord, status: EmailStatus, error: string | null): AddressRecord | null =>
  graveness(status) > graveness(address.status) ? { ...address, status, error } : null;

function afterAcceptance(address: AddressRecord, { askedAt }: AddressedMail): AddressRecord | null {
  if (!isUsableAddress(address.status) || askedAt === null) return null;
  if (address.bouncedAt && askedAt < address.bouncedAt) return null;
  if (address.status === 'active' && address.acceptedAt && address.acceptedAt >= askedAt) return null;
  const acceptedAt = address.acceptedAt && address.acceptedAt > askedAt ? address.acceptedAt : askedAt;
  return { ...address, status: 'active', softBounces: 0, error: null, acceptedAt };
}

function afterSoftBounce(address: AddressRecord, { error, at }: MessageOutcome, limit: number): AddressRecord | null {
  if (address.acceptedAt && at < address.acceptedAt) return null;
  const softBounces = address.softBounces + 1;
  const isOut = isUsableAddress(address.status) && softBounces >= limit;
  const bouncedAt = address.bouncedAt && address.bouncedAt > at ? address.bouncedAt : at;
  return { ...address, softBounces, error, bouncedAt, status: isOut ? 'bounce' : address.status };
}
