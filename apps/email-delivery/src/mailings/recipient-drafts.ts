import type { MailingRecipientsV1 } from '@groundswell/contracts';
import { mailingPurpose, splitAddress } from '@groundswell/domain';
import type { AddressHash } from '../deliveries/address-hash';
import type { RecipientDraft } from './mailing-intake.repository';

/** Rows to be of one part of a mailing's recipients. */
export const recipientDrafts = (
  { purpose, recipients }: Pick<MailingRecipientsV1, 'purpose' | 'recipients'>,
  hashAddress: AddressHash,
): RecipientDraft[] =>
  recipients.map(({ contactRef, actionId, acceptedAt, email, name, locale, variables }) => {
    const address = email.trim();
    return {
      purpose: mailingPurpose({ mailing: purpose, contactRef }),
      actionId,
      ref: Buffer.from(contactRef, 'base64url'),
      acceptedAt: new Date(acceptedAt),
      email: address,
      name,
      locale,
      variables,
      addressHash: hashAddress(address),
      fault: splitAddress(address) === null ? 'invalid address' : null,
    };
  });
