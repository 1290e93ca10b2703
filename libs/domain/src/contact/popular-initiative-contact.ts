import { ErrorList } from '../validation/error-list';
import { blankError, formatError } from '../validation/messages';
import { requireText } from '../validation/text-rule';
import { cleanContact, type CleanContact } from './clean-contact';
import type { ContactInput, ContactResult } from './contact';

const swissPostcode = /^\d{4}$/;

function toPayload(contact: CleanContact): Record<string, unknown> {
  const payload: Record<string, unknown> = {};
  const address = contact.address;
  if (contact.birthDate !== null) payload['birthDate'] = contact.birthDate;
  payload['email'] = contact.email;
  payload['firstName'] = contact.firstName;
  if (contact.lastName !== null) payload['lastName'] = contact.lastName;
  if (address?.locality != null) payload['locality'] = address.locality;
  payload['postcode'] = address?.postcode;
  if (address?.region != null) payload['region'] = address.region;
  return payload;
}

/** Schema popular_initiative, for Switzerland (processing.md 2.3). The canton is in `region`; there is no area. */
export function validatePopularInitiativeContact(input: ContactInput): ContactResult {
  const errors = new ErrorList();
  const contact = cleanContact(input, errors);
  const { firstName, lastName, email, address } = contact;
  const hasFirstName = requireText(errors, ['firstName'], firstName);
  const hasEmail = requireText(errors, ['email'], email);
  if (address === null) {
    errors.add(blankError, ['address']);
  } else if (requireText(errors, ['address', 'postcode'], address.postcode) && !swissPostcode.test(address.postcode)) {
    errors.add(formatError, ['address', 'postcode']);
  }
  if (!hasFirstName || !hasEmail || !errors.isEmpty) return { ok: false, errors: errors.errors };

  return {
    ok: true,
    contact: {
      payload: toPayload(contact),
      fingerprintInput: firstName + (lastName ?? '') + email + (contact.birthDate ?? ''),
      area: null,
      firstName,
      lastName,
      email,
      address: null,
    },
  };
}
