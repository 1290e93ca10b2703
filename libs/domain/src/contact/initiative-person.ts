import type { ErrorList } from '../validation/error-list';
import { ageError, blankError, formatError, invalidError } from '../validation/messages';
import { requireText } from '../validation/text-rule';
import { isOldEnough, parseCalendarDate, type CalendarDate } from './calendar-date';
import type { CleanAddress, CleanContact, CleanNationality } from './clean-contact';
import { postcodePatterns, type DocumentCheck } from './eci-countries';

/** One of the listed documents is needed, with its number in the right format. */
export function checkDocument(
  errors: ErrorList,
  nationality: CleanNationality,
  documents: ReadonlyMap<string, DocumentCheck>,
  today: CalendarDate,
): void {
  const { documentType, documentNumber } = nationality;
  const hasType = requireText(errors, ['nationality', 'documentType'], documentType);
  const hasNumber = requireText(errors, ['nationality', 'documentNumber'], documentNumber);
  if (!hasType) return;
  const isValid = documents.get(documentType);
  if (!isValid) {
    errors.add(invalidError, ['nationality', 'documentType']);
  } else if (hasNumber && !isValid(documentNumber, today)) {
    errors.add(formatError, ['nationality', 'documentNumber']);
  }
}

/** Street number is never required; the postcode follows the country of residence. */
export function checkResidence(errors: ErrorList, address: CleanAddress): void {
  const hasCountry = requireText(errors, ['address', 'country'], address.country);
  requireText(errors, ['address', 'locality'], address.locality);
  const hasPostcode = requireText(errors, ['address', 'postcode'], address.postcode);
  requireText(errors, ['address', 'street'], address.street);
  if (!hasCountry || !hasPostcode) return;
  const pattern = postcodePatterns.get(address.country ?? '');
  if (pattern && !pattern.test(address.postcode ?? '')) errors.add(formatError, ['address', 'postcode']);
}

export function checkPerson(
  errors: ErrorList,
  contact: CleanContact,
  limits: { minimumAge: number; needsBirthDate: boolean },
  today: CalendarDate,
): void {
  requireText(errors, ['firstName'], contact.firstName);
  requireText(errors, ['lastName'], contact.lastName);
  const born = contact.birthDate === null ? null : parseCalendarDate(contact.birthDate);
  if (contact.birthDate === null && limits.needsBirthDate) errors.add(blankError, ['birthDate']);
  if (born !== null && !isOldEnough(born, today, limits.minimumAge)) errors.add(ageError, ['birthDate']);
}

/** Payload of both initiative schemas, nulls left out at both levels. */
export function toInitiativePayload(contact: CleanContact, area: string | null): Record<string, unknown> {
  const { address, nationality } = contact;
  return withoutNulls({
    area,
    birthDate: contact.birthDate,
    city: address?.locality ?? null,
    country: address?.country ?? null,
    firstName: contact.firstName,
    lastName: contact.lastName,
    nationality:
      nationality &&
      withoutNulls({
        country: nationality.country,
        documentNumber: nationality.documentNumber,
        documentType: nationality.documentType,
      }),
    postcode: address?.postcode ?? null,
    street: address?.street ?? null,
    streetNumber: address?.streetNumber ?? null,
  });
}

function withoutNulls(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(values)) if (values[key] !== null) result[key] = values[key];
  return result;
}

export const documentFingerprint = ({ country, documentType, documentNumber }: CleanNationality): string =>
  (country ?? '') + (documentType ?? '') + (documentNumber ?? '');
