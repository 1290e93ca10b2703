import type { MailProvider } from '../../providers/mail-provider';
import type { MailEvent } from '../mail-event';
import { isFinalFailure } from './delivery-times';

/** Mailgun: the address is on its list of bounces, or of complaints. */
const listedCodes = new Set([605, 607]);
/** Put an address on their own list when it bounces for good, without a code that says so. */
const listingProviders = new Set<MailProvider['kind']>(['mailjet', 'brevo', 'ses']);

/**
 * Why the account takes no more mail for this address after the event, or null. The provider's list is followed, bounces
 * are not guessed from codes (email-events.md §8.1).
 */
export function suppressionReason(event: MailEvent): 'bounce' | 'spam' | null {
  if (event.type === 'complained') return 'spam';
  if (!isFinalFailure(event)) return null;
  const { type, provider, error } = event;
  if (event.isSuppressed || listedCodes.has(error?.code ?? 0)) return 'bounce';
  // Mailjet also blocks for what a mail says; what Brevo blocks stands on its list.
  const isListed = type === 'failed' ? listingProviders.has(provider) : provider === 'brevo';
  return isListed ? 'bounce' : null;
}
