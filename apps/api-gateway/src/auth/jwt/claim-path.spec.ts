import { parseClaimPath, readClaim } from './claim-path';

const claims = {
  email: 'a@x.org',
  user_metadata: { email_verified: false, empty: null },
  session: { identity: { verifiable_addresses: [{ value: 'b@x.org', verified: true }, { value: 'c@x.org' }] } },
};
const read = (...paths: string[]): unknown => readClaim(claims, paths.map(parseClaimPath));

it.each([
  ['email', 'a@x.org'],
  ['user_metadata.email_verified', false],
  ['session.identity.verifiable_addresses.[].verified', true],
  ['session.identity.verifiable_addresses[].value', 'b@x.org'],
  ['session.identity.[].value', undefined],
  ['email.length', undefined],
  ['constructor.name', undefined],
  ['user_metadata.toString', undefined],
])('reads %s', (path, value) => {
  expect(read(path)).toBe(value);
});

it('takes the first path that has a value', () => {
  expect(read('user_metadata.empty', 'nothing.there', 'email')).toBe('a@x.org');
  expect(read('user_metadata.email_verified', 'session.identity.verifiable_addresses.[].verified')).toBe(false);
});
