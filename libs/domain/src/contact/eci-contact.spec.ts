import type { ContactInput, NationalityInput } from './contact';
import { eciCountries } from './eci-countries';
import { validateContact } from './validate-contact';

const today = new Date('2024-06-15T12:00:00Z');
const person: ContactInput = { firstName: 'Alicia', lastName: 'Witch Switch' };
const home = { country: 'BE', postcode: '1234', locality: 'Gent', street: 'Straat' };

const errorsOf = (input: ContactInput): unknown[] => {
  const result = validateContact('eci', { ...person, ...input }, today);
  return result.ok ? [] : result.errors.map(({ message, path }) => [path.join('.'), message]);
};
const blank = "can't be blank";
const format = 'has invalid format';

/** Per nationality and document type: valid numbers, then invalid ones. */
const documents: [string, string, string, string][] = [
  ['AT', 'passport', 'R1234567 r12345678', '1234567 R123456 R123456789 RR1234567 R1234567x'],
  ['AT', 'id.card', '1234567 12345678', '123456 123456789 1234567x x1234567'],
  ['BE', 'national.id.number', '00.01.01-123.45 99123112345 0000100112345', '99133112345 9912311234 x99123112345'],
  [
    'BG',
    'personal.number',
    '0701270855 0948220092 9926177023 0802290844',
    '0701270845 0775270849 0702290849 3043290844',
  ],
  [
    'CY',
    'passport',
    'B123456 e123456 J123456 K12345678 DP1234567 sp1234567',
    'A123456 B1234567 K123456 P1234567 B123456x',
  ],
  ['CY', 'id.card', '1 1234567890', '12345678901 12a'],
  ['CZ', 'passport', '1234567 12345678', '123456 123456789 A234567'],
  ['CZ', 'id.card', '123456789 123456AB12 123456ab ab123456 AB123456', '12345678 1234567AB ABC123456 123456AB1'],
  ['EE', 'personal.number', '12345678901', '1234567890 123456789012 1234567890a'],
  ['ES', 'id.card', '12345678Z 12345678z', '1234567Z 123456789Z 12345678 12345678ZZ'],
  ['ES', 'passport', 'AAA123456 x 1', 'A_1'],
  ['HR', 'personal.id', '12345678901', '1234567890 123456789012'],
  ['HR', 'passport', '1 ABC_1 0123456789', 'Ä1'],
  ['HU', 'id.card', '123456AB 123456ab AB123456 ABCDE123456', '12345AB A123456 ABCDEF123456 123456ABC'],
  ['HU', 'passport', 'AB123456 ab1234567', 'A123456 AB12345 AB12345678 ABC123456'],
  ['HU', 'personal.number', '12345678901', '1234567890 A2345678901'],
  ['IT', 'id.card', 'AA123456 aa12345678 1234567AA CA12345AA', 'A123456 AA12345 AA123456789 1234567A CA1234AA'],
  ['IT', 'passport', 'AA5275702 a123456 123456A', 'AA527570 AA52757021 123456 A12345 1234567A'],
  ['LT', 'personal.number', '12345678901', '1234567890 123456789012'],
  ['LV', 'personal.id', '12345678901 123456-78901', '1234567890 123456789012'],
  ['MT', 'id.card', '0123456M x', 'A_1'],
  ['PL', 'national.id.number', '12345678901', '1234567890 123456789012'],
  ['PT', 'citizens.card', '123456789AB1 123456789ab1', '12345678AB1 123456789A1 123456789AB 123456789AB12'],
  ['PT', 'id.card', '1 12345678', '123456789 1a'],
  ['PT', 'passport', 'A123456 ab123456', '123456 ABC123456 A12345 A1234567'],
  ['RO', 'id.card', 'AB123456 ab123456', 'A123456 AB12345 AB1234567'],
  ['RO', 'passport', '12345678 A1', 'A_1'],
  ['RO', 'personal.id', '1234567890123', '123456789012 12345678901234'],
  ['SE', 'personal.number', '1234567890 123456789012 850101-1234', '123456789 12345678901 1234567890123'],
  ['SI', 'personal.number', '1234567890123', '123456789012 12345678901234'],
];
const each = (column: 2 | 3): [string, string, string][] =>
  documents.flatMap((row) =>
    row[column].split(' ').map((number): [string, string, string] => [row[0], row[1], number]),
  );
const withoutDocuments = ['DE', 'DK', 'FI', 'FR', 'GR', 'IE', 'LU', 'NL', 'SK'];

describe('eci documents', () => {
  it('are listed for all 27 countries or replaced by the address', () => {
    expect([...new Set([...documents.map(([country]) => country), ...withoutDocuments])].sort()).toEqual(
      [...eciCountries.keys()].sort(),
    );
    expect(eciCountries.size).toBe(27);
    for (const [country, { documents: listed }] of eciCountries) {
      const types = documents.filter((row) => row[0] === country).map((row) => row[1]);
      expect([...listed.keys()].sort()).toEqual(types.sort());
    }
  });

  it.each(each(2))('%s %s accepts %s', (country, documentType, documentNumber) => {
    expect(errorsOf({ nationality: { country, documentType, documentNumber } })).toEqual([]);
  });

  it.each(each(3))('%s %s refuses %s', (country, documentType, documentNumber) => {
    expect(errorsOf({ nationality: { country, documentType, documentNumber } })).toEqual([
      ['nationality.documentNumber', format],
    ]);
  });

  /** Of all characters a number may hold, no pattern knows `_`; only HR passports are free. */
  it.each(each(2).filter(([country, type]) => `${country} ${type}` !== 'HR passport'))(
    'Fix: alternations are anchored fully: %s %s %s with anything before or after it is refused',
    (country, documentType, valid) => {
      for (const documentNumber of [`_${valid}`, `${valid}_`]) {
        expect(errorsOf({ nationality: { country, documentType, documentNumber } })).toEqual([
          ['nationality.documentNumber', format],
        ]);
      }
    },
  );

  it.each([...new Set(documents.map(([country]) => country))])('%s wants a listed type and a number', (country) => {
    expect(errorsOf({ nationality: { country } })).toEqual([
      ['nationality.documentType', blank],
      ['nationality.documentNumber', blank],
    ]);
    expect(errorsOf({ nationality: { country, documentType: 'library.card', documentNumber: '1' } })).toEqual([
      ['nationality.documentType', 'is invalid'],
    ]);
  });

  it.each(withoutDocuments)('of %s, where none is needed, want a number once a type is given', (country) => {
    const postcodes: Record<string, string> = { DE: '12345', FI: '12345', FR: '12345', GR: '12345', SK: '81101' };
    const input = {
      birthDate: '1980-01-01',
      address: { ...home, country, postcode: postcodes[country] ?? '1234' },
    };
    const withDocument = (nationality: NationalityInput): unknown => errorsOf({ ...input, nationality });
    expect(withDocument({ country })).toEqual([]);
    expect(withDocument({ country, documentType: 'passport', documentNumber: 'any1' })).toEqual([]);
    expect(withDocument({ country, documentType: 'passport' })).toEqual([['nationality.documentNumber', blank]]);
  });
});

describe('eci nationality', () => {
  it.each([
    ['missing', undefined, [['nationality', blank]]],
    ['null', null, [['nationality', blank]]],
    ['without country', { country: '' }, [['nationality.country', blank]]],
    ['outside the EU', { country: 'GB' }, [['nationality.country', 'is invalid']]],
    ['in lower case', { country: 'at', documentType: 'passport', documentNumber: 'R1234567' }, []],
  ])('%s', (_name, nationality, expected) => {
    expect(errorsOf({ nationality })).toEqual(expected);
  });

  it('is checked before the address, the address before the person', () => {
    const input: ContactInput = { firstName: null, nationality: { country: 'XX' }, address: null };
    expect(errorsOf(input)).toEqual([['nationality.country', 'is invalid']]);
    expect(errorsOf({ ...input, nationality: { country: 'FR' } })).toEqual([['address', blank]]);
    expect(errorsOf({ ...input, nationality: { country: 'FR' }, address: home })).toEqual([
      ['firstName', blank],
      ['birthDate', blank],
    ]);
  });

  it('comes after the formats of the fields', () => {
    expect(errorsOf({ firstName: '<b>', nationality: null })).toEqual([['firstName', format]]);
  });
});

describe('eci address', () => {
  it.each(withoutDocuments)('Fix: its absence is an error for %s', (country) => {
    const birthDate = country === 'GR' ? null : '1980-01-01';
    expect(errorsOf({ nationality: { country }, birthDate })).toEqual([['address', blank]]);
    expect(errorsOf({ nationality: { country }, birthDate, address: {} })).toEqual([
      ['address.country', blank],
      ['address.locality', blank],
      ['address.postcode', blank],
      ['address.street', blank],
    ]);
    expect(errorsOf({ nationality: { country }, birthDate, address: home })).toEqual([]);
  });

  const austrian = { country: 'AT', documentType: 'passport', documentNumber: 'R1234567' };
  it('is optional with a document, but complete when given', () => {
    expect(errorsOf({ nationality: austrian, address: { country: 'AT' } })).toEqual([
      ['address.locality', blank],
      ['address.postcode', blank],
      ['address.street', blank],
    ]);
    expect(errorsOf({ nationality: austrian, address: home })).toEqual([]);
  });

  it('of empty fields is none where it is optional', () => {
    expect(errorsOf({ nationality: austrian, address: { country: '', postcode: '', street: '' } })).toEqual([]);
  });

  it.each([
    ['DE', '12345 12-345', '1234 123456 A2345'],
    ['FI', '00100', '0010 001000'],
    ['FR', '75001', '7500 750011'],
    ['GR', '12345', '1234'],
    ['DK', '1234', '123 12345'],
    ['LU', '1234', '123 12345 L-1234'],
    ['NL', '1234 1234AB 1234-ab', '0123 123 1234A 1234ABC'],
    ['SK', '81101 01001 91101', '11101 8110 811011'],
    ['AT', '1 ABC-12 1234567890', ''],
  ])('takes postcodes by country of residence: %s', (country, valid, invalid) => {
    const postcodeErrors = (postcode: string): unknown =>
      errorsOf({ nationality: austrian, address: { ...home, country, postcode } });
    for (const postcode of valid.split(' ')) expect(postcodeErrors(postcode)).toEqual([]);
    for (const postcode of invalid.split(' ').filter(Boolean)) {
      expect(postcodeErrors(postcode)).toEqual([['address.postcode', format]]);
    }
  });

  it('loses spaces and hyphens of the postcode, and only those', () => {
    expect(errorsOf({ nationality: austrian, address: { ...home, country: 'NL', postcode: '12 34-A B' } })).toEqual([]);
    expect(errorsOf({ nationality: austrian, address: { ...home, postcode: ' - ' } })).toEqual([
      ['address.postcode', blank],
    ]);
  });
});

describe('eci person', () => {
  it.each([
    ['AT', 16],
    ['BE', 18],
    ['BG', 18],
    ['CY', 18],
    ['CZ', 18],
    ['DE', 16],
    ['DK', 18],
    ['EE', 16],
    ['ES', 18],
    ['FI', 18],
    ['FR', 18],
    ['GR', 17],
    ['HR', 18],
    ['HU', 18],
    ['IE', 18],
    ['IT', 18],
    ['LT', 18],
    ['LU', 18],
    ['LV', 18],
    ['MT', 16],
    ['NL', 18],
    ['PL', 18],
    ['PT', 18],
    ['RO', 18],
    ['SE', 18],
    ['SI', 18],
    ['SK', 18],
  ])('of %s signs from %i years on', (country, years) => {
    const row = documents.find(([code]) => code === country);
    const nationality = row ? { country, documentType: row[1], documentNumber: row[2].split(' ')[0] } : { country };
    const born = (monthDay: string): unknown =>
      errorsOf({ nationality, address: home, birthDate: `${2024 - years}-${monthDay}` });
    expect(born('06-15')).toEqual([]);
    expect(born('06-16')).toEqual([['birthDate', 'Age below limit']]);
  });

  it('needs both names', () => {
    const nationality = { country: 'AT', documentType: 'passport', documentNumber: 'R1234567' };
    expect(errorsOf({ nationality, firstName: '', lastName: null, name: 'Alicia Switch' })).toEqual([
      ['firstName', blank],
      ['lastName', blank],
    ]);
  });
});

describe('eci contact', () => {
  it('keeps exactly what the schema lists, in alphabetical order, without nulls', () => {
    const result = validateContact(
      'eci',
      {
        ...person,
        name: '<ignored>',
        email: 'not an email',
        phone: 'call me',
        birthDate: '1980-01-02',
        address: { ...home, postcode: '12-34', streetNumber: '1', region: 'dropped' },
        nationality: { country: 'at', documentType: 'passport', documentNumber: 'R 123.45-67' },
      },
      today,
    );
    expect(JSON.stringify(result.ok && result.contact.payload)).toBe(
      JSON.stringify({
        area: 'AT',
        birthDate: '1980-01-02',
        city: 'Gent',
        country: 'BE',
        firstName: 'Alicia',
        lastName: 'Witch Switch',
        nationality: { country: 'AT', documentNumber: 'R1234567', documentType: 'passport' },
        postcode: '1234',
        street: 'Straat',
        streetNumber: '1',
      }),
    );
    expect(result).toMatchObject({
      contact: { area: 'AT', email: null, address: null, fingerprintInput: 'ATpassportR1234567' },
    });
  });

  it('leaves nulls out at both levels', () => {
    const result = validateContact('eci', { ...person, nationality: { country: 'GR' }, address: home }, today);
    expect(result.ok && result.contact.payload).toEqual({
      area: 'GR',
      city: 'Gent',
      country: 'BE',
      firstName: 'Alicia',
      lastName: 'Witch Switch',
      nationality: { country: 'GR' },
      postcode: '1234',
      street: 'Straat',
    });
  });
});
