import { ErrorList } from '../validation/error-list';
import { blankError, invalidError } from '../validation/messages';
import { calendarDateOf, type CalendarDate } from './calendar-date';
import { cleanContact, withoutContactDetails, type CleanContact } from './clean-contact';
import type { ContactInput, ContactResult } from './contact';
import { italianDocuments, type DocumentCheck } from './eci-countries';
import {
  checkDocument,
  checkPerson,
  checkResidence,
  documentFingerprint,
  toInitiativePayload,
} from './initiative-person';
import { findItalianRegion } from './italian-region';

const drivingLicence = /^[a-z0-9]{10}$/i;
const documents: ReadonlyMap<string, DocumentCheck> = new Map(
  Object.entries<DocumentCheck>({
    ...italianDocuments,
    'driving.licence': (documentNumber) => drivingLicence.test(documentNumber),
  }),
);
const limits = { minimumAge: 18, needsBirthDate: true };

function checkNationality(errors: ErrorList, contact: CleanContact, today: CalendarDate): void {
  if (contact.nationality === null) {
    errors.add(blankError, ['nationality']);
    return;
  }
  if (contact.nationality.country !== null && contact.nationality.country !== 'IT') {
    errors.add(invalidError, ['nationality', 'country']);
  }
  checkDocument(errors, contact.nationality, documents, today);
}

/** Schema it_ci, the Italian initiative (processing.md 2.5). The area is the Italian region of residence. */
export function validateItCiContact(input: ContactInput, today: Date): ContactResult {
  const errors = new ErrorList();
  const day = calendarDateOf(today);
  const contact = cleanContact(withoutContactDetails(input), errors);
  const { nationality, address } = contact;
  checkNationality(errors, contact, day);
  if (address === null) errors.add(blankError, ['address']);
  else checkResidence(errors, address);
  checkPerson(errors, contact, limits, day);
  if (nationality === null || address === null || !errors.isEmpty) return { ok: false, errors: errors.errors };

  const area = address.country === 'IT' ? findItalianRegion(address.postcode ?? '') : null;
  return {
    ok: true,
    contact: {
      payload: toInitiativePayload(contact, area),
      fingerprintInput: documentFingerprint(nationality),
      area,
      firstName: contact.firstName,
      lastName: contact.lastName,
      email: null,
      address: null,
    },
  };
}
