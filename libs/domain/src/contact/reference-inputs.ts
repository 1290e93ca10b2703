/** What is left of a contact in clear: its payload as an org has it, or copies of some of its fields. */
export type ReadableContact = Readonly<Record<string, unknown>>;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * Texts that the reference of this contact may have been made of (processing.md §2.2–2.7), each once: of a stored contact nobody says
 * any more which schema its campaign had. Cleaned as they were stored, so nothing is cleaned again.
 */
export function referenceInputs(contact: ReadableContact): string[] {
  const firstName = textOf(contact['firstName']);
  const lastName = textOf(contact['lastName']);
  const birthDate = textOf(contact['birthDate']);
  const email = textOf(contact['email']);
  const inputs = email === '' ? [] : [email, firstName + lastName + email + birthDate];
  const { nationality } = contact;
  if (typeof nationality === 'object' && nationality !== null) {
    const { country, documentType, documentNumber } = nationality as Record<string, unknown>;
    inputs.push(
      textOf(documentType) === ''
        ? textOf(contact['country']) + firstName + lastName + birthDate + textOf(contact['postcode'])
        : textOf(country) + textOf(documentType) + textOf(documentNumber),
    );
  }
  return [...new Set(inputs)].filter((input) => input !== '');
}
