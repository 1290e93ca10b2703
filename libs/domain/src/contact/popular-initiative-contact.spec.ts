import type { ContactInput } from './contact';
import { validateContact } from './validate-contact';

const swiss: ContactInput = { firstName: 'Georg', email: 'katze@hund', address: { postcode: '1234' } };
const validate = (input: ContactInput): ReturnType<typeof validateContact> =>
  validateContact('popular_initiative', { ...swiss, ...input }, new Date('2024-06-15'));

describe('popular initiative contact', () => {
  it('keeps exactly what the schema lists, in alphabetical order, without nulls', () => {
    const result = validate({
      firstName: ' Georg ',
      lastName: 'Berg',
      email: ' Katze@HUND ',
      phone: '1234',
      birthDate: '1983-01-01',
      address: { country: 'CH', postcode: '1234', locality: 'Bern', region: 'BE', street: 'Gasse', streetNumber: '1' },
    });
    expect(JSON.stringify(result.ok && result.contact.payload)).toBe(
      '{"birthDate":"1983-01-01","email":"katze@hund","firstName":"Georg","lastName":"Berg","locality":"Bern",' +
        '"postcode":"1234","region":"BE"}',
    );
    expect(result).toMatchObject({
      contact: {
        area: null,
        firstName: 'Georg',
        lastName: 'Berg',
        email: 'katze@hund',
        address: null,
        fingerprintInput: 'GeorgBergkatze@hund1983-01-01',
      },
    });
  });

  it('needs no more than first name, email and postcode', () => {
    expect(validate({})).toMatchObject({
      ok: true,
      contact: { payload: { email: 'katze@hund', firstName: 'Georg', postcode: '1234' } },
    });
  });

  it.each<[string, ContactInput, unknown[]]>([
    [
      'no name, which is not made from `name`',
      { firstName: null, name: 'Georg Berg' },
      [['firstName', "can't be blank"]],
    ],
    ['no email', { email: '' }, [['email', "can't be blank"]]],
    ['no address', { address: null }, [['address', "can't be blank"]]],
    ['no postcode', { address: { locality: 'Bern' } }, [['address.postcode', "can't be blank"]]],
    ['short postcode', { address: { postcode: '123' } }, [['address.postcode', 'has invalid format']]],
    ['long postcode', { address: { postcode: '12345' } }, [['address.postcode', 'has invalid format']]],
    ['one error for one bad postcode', { address: { postcode: '1_3' } }, [['address.postcode', 'has invalid format']]],
    [
      'everything at once',
      { firstName: '1', email: '', address: null },
      [
        ['firstName', 'has invalid format'],
        ['email', "can't be blank"],
        ['address', "can't be blank"],
      ],
    ],
  ])('refuses %s', (_name, input, expected) => {
    const result = validate(input);
    expect(result.ok ? [] : result.errors.map(({ message, path }) => [path.join('.'), message])).toEqual(expected);
  });
});
