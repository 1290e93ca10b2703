import type { ContactInput } from './contact';
import type { ContactSchema } from './contact-schema';
import { referenceInputs } from './reference-inputs';
import { validateContact } from './validate-contact';

const now = new Date('2026-01-01T00:00:00Z');
const swiss = { postcode: '3000' };
const italian = { country: 'IT', locality: 'Roma', postcode: '00118', street: 'Via Appia' };

const contacts: [ContactSchema, ContactInput][] = [
  ['basic', { firstName: 'Harald', email: ' Harald@Example.org ', address: { country: 'pl', postcode: '02-123' } }],
  [
    'popular_initiative',
    { firstName: 'Georg', lastName: 'Berg', email: 'katze@hund', birthDate: '1983-01-01', address: swiss },
  ],
  ['popular_initiative', { firstName: 'Georg', email: 'katze@hund', address: swiss }],
  [
    'eci',
    {
      firstName: 'Anna',
      lastName: 'Huber',
      nationality: { country: 'AT', documentType: 'passport', documentNumber: 'R1234567' },
    },
  ],
  [
    'eci',
    {
      firstName: 'Alicia',
      lastName: 'Witch Switch',
      birthDate: '1900-01-02',
      nationality: { country: 'FR' },
      address: { country: 'BE', locality: 'Gent', postcode: '12 34', street: 'Straat' },
    },
  ],
  [
    'it_ci',
    {
      firstName: 'Anna',
      lastName: 'Rossi',
      birthDate: '1980-01-01',
      nationality: { country: 'IT', documentType: 'passport', documentNumber: 'AA5275702' },
      address: italian,
    },
  ],
];

it.each(contacts)('finds the input of a %s contact in what was stored of it', (schema, input) => {
  const result = validateContact(schema, input, now);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  const stored = JSON.parse(JSON.stringify(result.contact.payload)) as Record<string, unknown>;
  expect(referenceInputs(stored)).toContain(result.contact.fingerprintInput);
});

it('finds it in clear copies, where they are enough', () => {
  expect(referenceInputs({ email: 'harald@example.org', firstName: 'Harald', lastName: null })).toEqual([
    'harald@example.org',
    'Haraldharald@example.org',
  ]);
});

it.each([[{}], [{ firstName: 'Harald', lastName: 'B' }], [{ email: null }], [{ email: 7, nationality: null }]])(
  'finds none in %j',
  (contact) => {
    expect(referenceInputs(contact)).toEqual([]);
  },
);
