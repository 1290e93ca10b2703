import { ErrorList } from '../validation/error-list';
import { blankError, invalidError } from '../validation/messages';
import { requireText } from '../validation/text-rule';
import { calendarDateOf, type CalendarDate } from './calendar-date';
import { cleanContact, withoutContactDetails, type CleanAddress, type CleanContact } from './clean-contact';
import type { ContactInput, ContactResult } from './contact';
import { eciCountries, type EciCountry } from './eci-countries';
import {
  checkDocument,
  checkPerson,
  checkResidence,
  documentFingerprint,
  toInitiativePayload,
} from './initiative-person';

const postcodeSeparators = /[ -]+/g;

function checkNationality(errors: ErrorList, contact: CleanContact, today: CalendarDate): EciCountry | null {
  const { nationality } = contact;
  if (nationality === null) {
    errors.add(blankError, ['nationality']);
    return null;
  }
  const country = eciCountries.get(nationality.country ?? '');
  if (!country) {
    errors.add(invalidError, ['nationality', 'country']);
    return null;
  }
  if (country.documents.size > 0) {
    checkDocument(errors, nationality, country.documents, today);
  } else if (nationality.documentType !== null) {
    requireText(errors, ['nationality', 'documentNumber'], nationality.documentNumber);
  }
  return country;
}

const isEmptyAddress = (address: CleanAddress): boolean => Object.values(address).every((value) => value === null);

/** A form sends its address fields empty when the nationality needs none: that is no address. */
function checkAddress(errors: ErrorList, contact: CleanContact, isNeeded: boolean): void {
  const { address } = contact;
  if (address === null) {
    if (isNeeded) errors.add(blankError, ['address']);
    return;
  }
  if (!isNeeded && isEmptyAddress(address)) return;
  address.postcode = address.postcode?.replace(postcodeSeparators, '') || null;
  checkResidence(errors, address);
}

/** The document identifies the signer; without one the residence, name and birth date do. */
function fingerprintOf(contact: CleanContact): string {
  if (contact.nationality?.documentType != null) return documentFingerprint(contact.nationality);
  const { address, firstName, lastName, birthDate } = contact;
  return (
    (address?.country ?? '') + (firstName ?? '') + (lastName ?? '') + (birthDate ?? '') + (address?.postcode ?? '')
  );
}

/** Schema eci (processing.md 2.4): field formats, nationality, address, person; each only if the former passed. */
export function validateEciContact(input: ContactInput, today: Date): ContactResult {
  const errors = new ErrorList();
  const day = calendarDateOf(today);
  const contact = cleanContact(withoutContactDetails(input), errors);
  if (!errors.isEmpty) return { ok: false, errors: errors.errors };
  const country = checkNationality(errors, contact, day);
  if (country === null || !errors.isEmpty) return { ok: false, errors: errors.errors };
  checkAddress(errors, contact, country.needsAddress);
  if (!errors.isEmpty) return { ok: false, errors: errors.errors };
  checkPerson(errors, contact, country, day);
  if (!errors.isEmpty) return { ok: false, errors: errors.errors };

  const area = contact.nationality?.country ?? null;
  return {
    ok: true,
    contact: {
      payload: toInitiativePayload(contact, area),
      fingerprintInput: fingerprintOf(contact),
      area,
      firstName: contact.firstName,
      lastName: contact.lastName,
      email: null,
      address: null,
    },
  };
}
