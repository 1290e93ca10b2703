import type { ContactInput } from './contact';
import { validateContact } from './validate-contact';

const today = new Date('2024-06-15T12:00:00Z');
const basic: ContactInput = { firstName: 'Harald', email: 'harald@example.org' };

const validate = (input: ContactInput): ReturnType<typeof validateContact> =>
  validateContact('basic', { ...basic, ...input }, today);
const errorsOf = (input: ContactInput): unknown => {
  const result = validate(input);
  return result.ok ? [] : result.errors.map(({ message, path }) => [path.join('.'), message]);
};
const contactOf = (input: ContactInput): Record<string, unknown> => {
  const result = validate(input);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return { ...result.contact };
};
const blank = "can't be blank";
const format = 'has invalid format';
const tooLong = (max: number): string => `should be at most ${max} character(s)`;

describe('common contact rules', () => {
  it.each([
    ['Anna'],
    ['Ł'],
    ["O'Neill"],
    ["'t Hooft"],
    ['’t Hooft'],
    ['Martin Luther King Jr.'],
    ['Anna-Maria, Łucja'],
    ['Ольга'],
    ['عائشة'],
    ['a'.repeat(64)],
  ])('accept the name %s', (firstName) => {
    expect(errorsOf({ firstName, lastName: firstName })).toEqual([]);
  });

  it.each([
    ['<SCRIPT>'],
    ['Anna2'],
    ['2Anna'],
    ['Anna/Ewa'],
    ['Anna (Ewa)'],
    ['100%'],
    ['Anna-'],
    ["Anna'"],
    ['-Anna'],
    ['.'],
    ['Anna\0'],
  ])('refuse the name %j', (firstName) => {
    expect(errorsOf({ firstName })).toEqual([['firstName', format]]);
  });

  it.each([
    ['name', { name: 'a'.repeat(129) }, 128],
    ['firstName', { firstName: 'a'.repeat(6000) }, 64],
    ['lastName', { lastName: 'a'.repeat(65) }, 64],
    ['email', { email: `${'a'.repeat(60)}@b.org` }, 64],
    ['phone', { phone: '1'.repeat(21) }, 20],
    ['address.locality', { address: { locality: 'a'.repeat(65) } }, 64],
    ['address.region', { address: { region: 'a'.repeat(65) } }, 64],
    ['address.street', { address: { street: 'a'.repeat(129) } }, 128],
    ['address.streetNumber', { address: { streetNumber: '1234567' } }, 6],
    ['nationality.documentType', { nationality: { country: 'DE', documentType: 'a'.repeat(21) } }, 20],
    ['nationality.documentNumber', { nationality: { country: 'DE', documentNumber: '1'.repeat(33) } }, 32],
  ])('limit the length of %s', (path, input, max) => {
    expect(errorsOf(input)).toEqual([[path, tooLong(max)]]);
  });

  it('report each violated rule of each field together', () => {
    expect(
      errorsOf({ firstName: `${'a'.repeat(65)}1`, email: 'x', phone: 'call me', address: { country: 'POL' } }),
    ).toEqual([
      ['firstName', tooLong(64)],
      ['firstName', format],
      ['email', format],
      ['phone', format],
      ['address.country', format],
    ]);
  });

  it.each([
    ['email', { email: 'harald' }],
    ['email', { email: 'harald@' }],
    ['email', { email: 'harald@exa mple.org' }],
    ['email', { email: 'harald@example..org' }],
    ['email', { email: 'härald@example.org' }],
    ['phone', { phone: '+48 abc' }],
    ['phone', { phone: '00+48' }],
    ['address.country', { address: { country: 'P' } }],
    ['address.country', { address: { country: 'P1' } }],
    ['address.postcode', { address: { postcode: '12345678901' } }],
    ['address.postcode', { address: { postcode: '12_345' } }],
    ['address.locality', { address: { locality: 'Paris<b>' } }],
    ['address.region', { address: { region: 'a;b' } }],
    ['address.street', { address: { street: 'a=b' } }],
    ['address.streetNumber', { address: { streetNumber: '1#' } }],
    ['nationality.country', { nationality: { country: 'DEU' } }],
    ['nationality.documentType', { nationality: { country: 'DE', documentType: 'Passport' } }],
    ['nationality.documentNumber', { nationality: { country: 'DE', documentNumber: 'A/1' } }],
  ])('refuse a malformed %s: %j', (path, input) => {
    expect(errorsOf(input)).toEqual([[path, format]]);
  });

  it.each([
    [{ email: 'katze@hund' }],
    [{ phone: '+48 (22) 123-45-67' }],
    [{ address: { country: 'pl', postcode: '02-123', street: 'Düsseldorfer “Str." & ‘a’ 1/2 (b), `x`' } }],
    [{ address: { locality: 'القاهرة', streetNumber: '12/b' } }],
    [{ nationality: { country: 'de', documentType: 'id.card', documentNumber: 'AB 12.3-4' } }],
    [{ birthDate: '1983-01-01' }],
  ])('accept %j', (input) => {
    expect(errorsOf(input)).toEqual([]);
  });

  it.each([['1983-02-30'], ['1983-13-01'], ['01.01.1983'], ['yesterday']])('refuse the birth date %s', (birthDate) => {
    expect(errorsOf({ birthDate })).toEqual([['birthDate', 'is invalid']]);
  });

  it.each([[null], [''], [undefined]])('want a country in a nationality: %j', (country) => {
    expect(errorsOf({ nationality: { country } })).toEqual([['nationality.country', blank]]);
  });
});

describe('basic contact', () => {
  it.each([[null], [''], ['  '], [undefined]])('takes %j as not given', (nothing) => {
    expect(errorsOf({ firstName: nothing, email: nothing, name: nothing, lastName: nothing, birthDate: '' })).toEqual([
      ['name', blank],
      ['firstName', blank],
      ['email', blank],
    ]);
  });

  it('wants more than a last name', () => {
    expect(errorsOf({ firstName: null, lastName: 'Bower' })).toEqual([
      ['name', blank],
      ['firstName', blank],
    ]);
  });

  it.each([
    ['Harald', 'Harald', null],
    ['Harald Bower', 'Harald', 'Bower'],
    ['  Harald   van  Bower ', 'Harald', 'van Bower'],
    ['Harald\tBower', 'Harald', 'Bower'],
  ])('splits the name %j', (name, firstName, lastName) => {
    expect(contactOf({ firstName: null, name })).toMatchObject({ firstName, lastName });
  });

  it('keeps the last name given beside a name', () => {
    expect(contactOf({ firstName: '', name: 'Anna Maria Berg', lastName: 'Berg' })).toMatchObject({
      firstName: 'Anna',
      lastName: 'Berg',
    });
  });

  it('takes first name and name as given', () => {
    expect(contactOf({ firstName: 'Harry', name: 'Harald Bower' })).toMatchObject({
      firstName: 'Harry',
      lastName: null,
    });
  });

  it('checks the parts of a split name', () => {
    expect(errorsOf({ firstName: null, name: `${'a'.repeat(65)} ${'b'.repeat(62)}` })).toEqual([
      ['firstName', tooLong(64)],
    ]);
    expect(errorsOf({ firstName: null, name: "O' Brien", email: 'x' })).toEqual([
      ['email', format],
      ['firstName', format],
    ]);
    expect(errorsOf({ firstName: null, name: '<b> x' })).toEqual([['name', format]]);
  });

  it('accepts two names of full length', () => {
    expect(errorsOf({ firstName: 'a'.repeat(64), lastName: 'b'.repeat(64) })).toEqual([]);
  });

  it('keeps exactly what the schema lists, in alphabetical order, without nulls', () => {
    const contact = contactOf({
      name: 'Harald Bower',
      lastName: 'Bower',
      email: ' Harald@Example.ORG ',
      phone: '+48 22',
      birthDate: '1983-01-01',
      address: { country: 'pl', postcode: '02-123', street: 'Długa' },
      nationality: { country: 'PL' },
    });
    expect(JSON.stringify(contact['payload'])).toBe(
      JSON.stringify({
        address: { locality: null, region: null, street: 'Długa', streetNumber: null },
        area: 'PL',
        country: 'PL',
        email: 'harald@example.org',
        firstName: 'Harald',
        lastName: 'Bower',
        phone: '+48 22',
        postcode: '02-123',
      }),
    );
    expect(contact).toMatchObject({
      fingerprintInput: 'harald@example.org',
      area: 'PL',
      email: 'harald@example.org',
      address: { locality: null, region: null, street: 'Długa', streetNumber: null },
    });
  });

  it('gives the payload of the encryption test vector', () => {
    const { payload } = contactOf({ lastName: 'Bower', address: { country: 'PL', postcode: '02-123' } });
    expect(JSON.stringify(payload)).toBe(
      '{"area":"PL","country":"PL","email":"harald@example.org","firstName":"Harald","lastName":"Bower","postcode":"02-123"}',
    );
  });

  it('takes empty country and postcode as not given', () => {
    const contact = contactOf({ address: { country: '', postcode: '', street: '' } });
    expect(contact).toMatchObject({ area: null, address: null });
    expect(contact['payload']).toEqual({ email: 'harald@example.org', firstName: 'Harald' });
  });
});
