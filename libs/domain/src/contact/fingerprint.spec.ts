import { createHash } from 'node:crypto';
import type { ContactInput } from './contact';
import type { ContactSchema } from './contact-schema';
import { validateContact } from './validate-contact';

const seed = '4xFc6MsafPEwc6ME';
const today = new Date('2024-06-15T12:00:00Z');
const alicia = { firstName: 'Alicia', lastName: 'Witch Switch' };

const vectors: [string, ContactSchema, ContactInput, string][] = [
  [
    'basic',
    'basic',
    { firstName: 'Harald', email: ' HARALD@example.org' },
    'V9VLvL6KDalqwogkaXoc6CUBSTTqEePeOGFQCByC3FI',
  ],
  [
    'popular initiative',
    'popular_initiative',
    {
      firstName: 'Georg',
      lastName: 'Berg',
      email: 'katze@hund',
      birthDate: '1983-01-01',
      address: { postcode: '1234' },
    },
    'JWvDcgXp1CE4MiMT-8AFlm1LHDT8s23buqnXKApWCnQ',
  ],
  [
    'popular initiative without last name and birth date',
    'popular_initiative',
    { firstName: 'Georg', email: 'katze@hund', address: { postcode: '1234' } },
    'nTuaDUfIrcKWrT6NsB6V0TzXavzZyAUo5-hm5SrEDpc',
  ],
  [
    'eci AT',
    'eci',
    { ...alicia, nationality: { country: 'AT', documentType: 'passport', documentNumber: 'R1234567' } },
    'wMqPF4rroD5Pa1cVk_ZE-1-OXBgoblDE_M4YlLuPFhg',
  ],
  [
    'eci BE',
    'eci',
    {
      ...alicia,
      nationality: { country: 'BE', documentType: 'national.id.number', documentNumber: '00.01.01-123.45' },
    },
    'h5k2PPTyZOrxXtCOmQe6I1PbAYtebAJlR5fPXnV4iak',
  ],
  [
    'eci FR living in BE',
    'eci',
    {
      ...alicia,
      birthDate: '1900-01-02',
      nationality: { country: 'FR' },
      address: { country: 'BE', postcode: '1234', locality: 'Gent', street: 'Straat' },
    },
    'cOY8AQxZUaYPr7gVkTfJydd3Hb6PPpga2GqWahJ9B2o',
  ],
  [
    'eci GR living in GR without birth date',
    'eci',
    {
      ...alicia,
      nationality: { country: 'GR' },
      address: { country: 'GR', postcode: '123 45', locality: 'Athens', street: 'Odos' },
    },
    '5ISEmP8quP_CLhVbSTdH1qAZuaHI8sa-UI-Y--BfuAY',
  ],
  [
    'it_ci',
    'it_ci',
    {
      ...alicia,
      birthDate: '1980-01-02',
      nationality: { country: 'IT', documentType: 'passport', documentNumber: 'AA5275702' },
      address: { country: 'IT', postcode: '00100', locality: 'Roma', street: 'Via Roma' },
    },
    'QuRVJ_RI8IwCpUsAPa5eUj_lBSSUvNYTUSLkjXZCqBU',
  ],
];

describe('fingerprint input', () => {
  it.each(vectors)('of %s gives the contactRef of the specification', (_name, schema, input, contactRef) => {
    const result = validateContact(schema, input, today);
    const text = result.ok ? result.contact.fingerprintInput : JSON.stringify(result.errors);
    expect(createHash('sha256').update(`${seed}${text}`, 'utf8').digest('base64url')).toBe(contactRef);
  });
});
