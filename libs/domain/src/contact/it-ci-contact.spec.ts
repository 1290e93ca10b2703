import type { ContactInput } from './contact';
import { validateContact } from './validate-contact';

const today = new Date('2024-06-15T12:00:00Z');
const italian: ContactInput = {
  firstName: 'Ada',
  lastName: 'Rossi',
  birthDate: '1980-01-02',
  nationality: { country: 'IT', documentType: 'passport', documentNumber: 'AA5275702' },
  address: { country: 'IT', locality: 'Bolzano', postcode: '39100', street: 'Via Roma' },
};
const validate = (input: ContactInput): ReturnType<typeof validateContact> =>
  validateContact('it_ci', { ...italian, ...input }, today);
const errorsOf = (input: ContactInput): unknown[] => {
  const result = validate(input);
  return result.ok ? [] : result.errors.map(({ message, path }) => [path.join('.'), message]);
};
const document = (documentType: string | null, documentNumber: string | null): ContactInput => ({
  nationality: { country: 'IT', documentType, documentNumber },
});
const blank = "can't be blank";
const format = 'has invalid format';

describe('Italian initiative contact', () => {
  it('keeps exactly what the schema lists, in alphabetical order', () => {
    const result = validate({ email: 'ada@example.org', phone: '123' });
    expect(JSON.stringify(result.ok && result.contact.payload)).toBe(
      JSON.stringify({
        area: 'Trentino-Alto Adige/Südtirol',
        birthDate: '1980-01-02',
        city: 'Bolzano',
        country: 'IT',
        firstName: 'Ada',
        lastName: 'Rossi',
        nationality: { country: 'IT', documentNumber: 'AA5275702', documentType: 'passport' },
        postcode: '39100',
        street: 'Via Roma',
      }),
    );
    expect(result).toMatchObject({ contact: { email: null, fingerprintInput: 'ITpassportAA5275702' } });
  });

  it.each([
    ['driving.licence', 'U1234567AB u1234567ab 1234567890', 'U1234567A U1234567ABC'],
    ['passport', 'AA5275702 a123456 123456A', 'AA527570 123456'],
    ['id.card', 'AA123456 1234567AA CA12345AA', 'A123456 1234567A'],
  ])('accepts a %s in its format', (type, valid, invalid) => {
    for (const number of valid.split(' ')) expect(errorsOf(document(type, number))).toEqual([]);
    for (const number of invalid.split(' ')) {
      expect(errorsOf(document(type, number))).toEqual([['nationality.documentNumber', format]]);
    }
  });

  it.each<[string, ContactInput, unknown[]]>([
    ['no nationality', { nationality: null }, [['nationality', blank]]],
    [
      'another nationality',
      { nationality: { country: 'FR', documentType: 'passport', documentNumber: 'AA5275702' } },
      [['nationality.country', 'is invalid']],
    ],
    ['another document', document('personal.id', '1'), [['nationality.documentType', 'is invalid']]],
    [
      'no document',
      document(null, null),
      [
        ['nationality.documentType', blank],
        ['nationality.documentNumber', blank],
      ],
    ],
    ['no address', { address: null }, [['address', blank]]],
    [
      'an incomplete address',
      { address: {} },
      [
        ['address.country', blank],
        ['address.locality', blank],
        ['address.postcode', blank],
        ['address.street', blank],
      ],
    ],
    ['no birth date', { birthDate: null }, [['birthDate', blank]]],
    ['a minor', { birthDate: '2006-06-16' }, [['birthDate', 'Age below limit']]],
    [
      'no names',
      { firstName: null, lastName: '' },
      [
        ['firstName', blank],
        ['lastName', blank],
      ],
    ],
    [
      'everything at once',
      { nationality: null, address: null, birthDate: null, firstName: '1' },
      [
        ['firstName', format],
        ['nationality', blank],
        ['address', blank],
        ['birthDate', blank],
      ],
    ],
  ])('refuses %s', (_name, input, expected) => {
    expect(errorsOf(input)).toEqual(expected);
  });

  it('keeps spaces in the postcode, so a Dutch one must have none', () => {
    const dutch = { country: 'NL', locality: 'Utrecht', street: 'Straat' };
    expect(errorsOf({ address: { ...dutch, postcode: '1234 AB' } })).toEqual([['address.postcode', format]]);
    expect(errorsOf({ address: { ...dutch, postcode: '1234AB' } })).toEqual([]);
  });

  it.each([
    ['IT', '00100', 'Lazio'],
    ['IT', '99100', null],
    ['AT', '39100', null],
  ])('living in %s %s has area %s', (country, postcode, area) => {
    const result = validate({ address: { country, postcode, locality: 'X', street: 'Y' } });
    expect(result.ok && result.contact.area).toBe(area);
    expect(result.ok && 'area' in result.contact.payload).toBe(area !== null);
  });
});
