import { validateBasicContact } from './basic-contact';
import type { ContactInput, ContactResult } from './contact';
import type { ContactSchema } from './contact-schema';
import { validateEciContact } from './eci-contact';
import { validateItCiContact } from './it-ci-contact';
import { validatePopularInitiativeContact } from './popular-initiative-contact';

/** Checks contact data by the campaign's schema (processing.md 2). `today` is taken as a day in UTC. */
export function validateContact(schema: ContactSchema, input: ContactInput, today: Date): ContactResult {
  switch (schema) {
    case 'basic':
      return validateBasicContact(input);
    case 'popular_initiative':
      return validatePopularInitiativeContact(input);
    case 'eci':
      return validateEciContact(input, today);
    case 'it_ci':
      return validateItCiContact(input, today);
  }
}
