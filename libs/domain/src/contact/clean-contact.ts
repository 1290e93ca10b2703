import type { ErrorList } from '../validation/error-list';
import { invalidError } from '../validation/messages';
import { checkText, requireText, type TextRule } from '../validation/text-rule';
import { parseCalendarDate } from './calendar-date';
import type { AddressInput, ContactInput, NationalityInput } from './contact';

export interface CleanAddress {
  country: string | null;
  postcode: string | null;
  locality: string | null;
  region: string | null;
  street: string | null;
  streetNumber: string | null;
}

export interface CleanNationality {
  country: string | null;
  documentType: string | null;
  documentNumber: string | null;
}

/** The input after trimming, case folding and stripping; null where nothing is given. */
export interface CleanContact {
  name: string | null;
  firstName: string | null;
  lastName: string | null;
  email: string | null;
  phone: string | null;
  birthDate: string | null;
  address: CleanAddress | null;
  nationality: CleanNationality | null;
}

/** Local part, then dot-separated labels; a domain without a dot is fine. Also used for org and MTT settings. */
export const emailPattern = /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*$/;
export const namePattern = /^[\p{L}'’](?:[\p{L} ,'’.-]*[\p{L}.])?$/u;
const streetPattern = /^[\p{L}\p{Nd} `“"‘’',.(&/)-]+$/u;
const countryRule: TextRule = { pattern: /^[A-Z]{2}$/ };
const postcodeRule: TextRule = { pattern: /^[A-Z0-9 -]{1,10}$/ };
const placeRule: TextRule = { maxLength: 64, pattern: streetPattern };
const streetRule: TextRule = { maxLength: 128, pattern: streetPattern };
const streetNumberRule: TextRule = { maxLength: 6, pattern: streetPattern };
const documentTypeRule: TextRule = { maxLength: 20, pattern: /^[a-z_.]+$/ };
const documentNumberRule: TextRule = { maxLength: 32, pattern: /^[A-Za-z0-9._-]+$/ };
const nameRule: TextRule = { maxLength: 128, pattern: namePattern };
const emailRule: TextRule = { maxLength: 64, pattern: emailPattern };
export const phoneRule: TextRule = { maxLength: 20, pattern: /^\+?[0-9 ()-]+$/ };
export const namePartRule: TextRule = { maxLength: 64, pattern: namePattern };

const documentSeparators = /[ .-]+/g;

const given = (value: string | null | undefined): string | null => value || null;
const trimmed = (value: string | null | undefined): string | null => (value ? value.trim() || null : null);
const upperCased = (value: string | null | undefined): string | null => (value ? value.toUpperCase() : null);

function cleanAddress(input: AddressInput, errors: ErrorList): CleanAddress {
  const address = {
    country: upperCased(input.country),
    postcode: upperCased(input.postcode),
    locality: given(input.locality),
    region: given(input.region),
    street: given(input.street),
    streetNumber: given(input.streetNumber),
  };
  checkText(errors, ['address', 'country'], address.country, countryRule);
  checkText(errors, ['address', 'postcode'], address.postcode, postcodeRule);
  checkText(errors, ['address', 'locality'], address.locality, placeRule);
  checkText(errors, ['address', 'region'], address.region, placeRule);
  checkText(errors, ['address', 'street'], address.street, streetRule);
  checkText(errors, ['address', 'streetNumber'], address.streetNumber, streetNumberRule);
  return address;
}

function cleanNationality(input: NationalityInput, errors: ErrorList): CleanNationality {
  const nationality = {
    country: upperCased(input.country),
    documentType: given(input.documentType),
    documentNumber: given(input.documentNumber?.replace(documentSeparators, '')),
  };
  requireText(errors, ['nationality', 'country'], nationality.country);
  checkText(errors, ['nationality', 'country'], nationality.country, countryRule);
  checkText(errors, ['nationality', 'documentType'], nationality.documentType, documentTypeRule);
  checkText(errors, ['nationality', 'documentNumber'], nationality.documentNumber, documentNumberRule);
  return nationality;
}

/** Cleans the input and checks the rules all schemas share (processing.md 2.1). */
export function cleanContact(input: ContactInput, errors: ErrorList): CleanContact {
  const contact: CleanContact = {
    name: trimmed(input.name),
    firstName: trimmed(input.firstName),
    lastName: trimmed(input.lastName),
    email: input.email ? input.email.toLowerCase().trim() || null : null,
    phone: given(input.phone),
    birthDate: given(input.birthDate),
    address: null,
    nationality: null,
  };
  checkText(errors, ['name'], contact.name, nameRule);
  checkText(errors, ['firstName'], contact.firstName, namePartRule);
  checkText(errors, ['lastName'], contact.lastName, namePartRule);
  checkText(errors, ['email'], contact.email, emailRule);
  checkText(errors, ['phone'], contact.phone, phoneRule);
  if (contact.birthDate !== null && parseCalendarDate(contact.birthDate) === null) {
    errors.add(invalidError, ['birthDate']);
  }
  if (input.address) contact.address = cleanAddress(input.address, errors);
  if (input.nationality) contact.nationality = cleanNationality(input.nationality, errors);
  return contact;
}

/** The input without what the initiative schemas ignore: nothing in these fields can be an error there. */
export const withoutContactDetails = (input: ContactInput): ContactInput => ({
  ...input,
  name: null,
  email: null,
  phone: null,
});
