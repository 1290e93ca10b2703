import type { ValidContact } from '../contact/contact';
import { clearCopies, copiesClearedAtDeliver, mayClearCopies } from './clear-copies';

const address = { locality: 'Warszawa', region: null, street: 'Długa', streetNumber: '1' };
const contact: ValidContact = {
  payload: {},
  fingerprintInput: '',
  area: 'PL',
  firstName: 'Ewa',
  lastName: 'Nowak',
  email: 'ewa@example.org',
  address,
};
const nothing = { email: null, firstName: null, lastName: null, address: null, area: null };

describe('clear copies', () => {
  it.each([
    ['a plain campaign', false, false, { ...nothing, email: 'ewa@example.org', firstName: 'Ewa', area: 'PL' }],
    [
      'a campaign with MTT',
      false,
      true,
      {
        email: 'ewa@example.org',
        firstName: 'Ewa',
        lastName: 'Nowak',
        area: 'PL',
        address: '{"locality":"Warszawa","region":null,"street":"Długa","streetNumber":"1"}',
      },
    ],
    ['a high-security org', true, false, { ...nothing, area: 'PL' }],
    ['a high-security org with MTT', true, true, { ...nothing, area: 'PL' }],
  ])('of %s are those of the table', (_name, highSecurity, hasMtt, expected) => {
    expect(clearCopies({ highSecurity, hasMtt }, contact)).toEqual(expected);
  });

  it('hold no address when none was given', () => {
    expect(clearCopies({ highSecurity: false, hasMtt: true }, { ...contact, address: null }).address).toBeNull();
  });

  it.each([
    [false, false, ['email', 'lastName', 'address']],
    [false, true, []],
    [true, false, ['email', 'lastName', 'address', 'firstName']],
    [true, true, ['email', 'lastName', 'address', 'firstName']],
  ])('are cleared at deliver: high security %s, MTT %s: %j', (highSecurity, hasMtt, expected) => {
    expect(copiesClearedAtDeliver({ highSecurity, hasMtt })).toEqual(expected);
  });

  it.each([
    ['new', true, false],
    ['confirming', true, false],
    ['accepted', true, false],
    ['rejected', true, true],
    ['delivered', true, true],
    ['repeat', true, true],
    ['new', false, true],
    ['accepted', false, true],
  ] as const)('may go while another action is %s, with consent %s: %s', (status, withConsent, expected) => {
    expect(
      mayClearCopies([
        { status: 'delivered', withConsent: true },
        { status, withConsent },
      ]),
    ).toBe(expected);
  });

  it('may go when there is no other action', () => {
    expect(mayClearCopies([])).toBe(true);
  });
});
