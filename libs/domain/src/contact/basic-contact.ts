import { ErrorList } from '../validation/error-list';
import { blankError } from '../validation/messages';
import { checkText, requireText } from '../validation/text-rule';
import { cleanContact, namePartRule, type CleanAddress, type CleanContact } from './clean-contact';
import type { ContactAddress, ContactInput, ContactResult } from './contact';

const whitespace = /\s+/g;

const collapse = (text: string | null | undefined): string | null =>
  text ? text.trim().replace(whitespace, ' ') : null;

/** A name alone is split at its first space; unless it is wrong itself, its parts must pass the rules of theirs. */
function splitName(contact: CleanContact, errors: ErrorList): void {
  const { name } = contact;
  if (contact.firstName !== null || name === null) return;
  const isNameWrong = errors.concerns('name');
  const space = name.indexOf(' ');
  contact.firstName = space < 0 ? name : name.slice(0, space);
  if (!isNameWrong) checkText(errors, ['firstName'], contact.firstName, namePartRule);
  if (space < 0 || contact.lastName !== null) return;
  contact.lastName = name.slice(space + 1);
  if (!isNameWrong) checkText(errors, ['lastName'], contact.lastName, namePartRule);
}

const toContactAddress = ({ locality, region, street, streetNumber }: CleanAddress): ContactAddress | null =>
  locality === null && region === null && street === null && streetNumber === null
    ? null
    : { locality, region, street, streetNumber };

function toPayload(contact: CleanContact, address: ContactAddress | null): Record<string, unknown> {
  const country = contact.address?.country ?? null;
  const postcode = contact.address?.postcode ?? null;
  const payload: Record<string, unknown> = {};
  if (address !== null) payload['address'] = address;
  if (country !== null) payload['area'] = country;
  if (country !== null) payload['country'] = country;
  payload['email'] = contact.email;
  payload['firstName'] = contact.firstName;
  if (contact.lastName !== null) payload['lastName'] = contact.lastName;
  if (contact.phone !== null) payload['phone'] = contact.phone;
  if (postcode !== null) payload['postcode'] = postcode;
  return payload;
}

/** Schema basic (processing.md 2.2). A name made from its parts is not checked again: only given fields are. */
export function validateBasicContact(input: ContactInput): ContactResult {
  const errors = new ErrorList();
  const contact = cleanContact(
    { ...input, name: collapse(input.name), firstName: collapse(input.firstName), lastName: collapse(input.lastName) },
    errors,
  );
  splitName(contact, errors);
  if (contact.firstName === null) {
    errors.add(blankError, ['name']);
    errors.add(blankError, ['firstName']);
  }
  const { email } = contact;
  if (!requireText(errors, ['email'], email) || !errors.isEmpty) return { ok: false, errors: errors.errors };

  const address = contact.address && toContactAddress(contact.address);
  return {
    ok: true,
    contact: {
      payload: toPayload(contact, address),
      fingerprintInput: email,
      area: contact.address?.country ?? null,
      firstName: contact.firstName,
      lastName: contact.lastName,
      email,
      address,
    },
  };
}
