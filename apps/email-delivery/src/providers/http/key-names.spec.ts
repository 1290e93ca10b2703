import { keyNames } from './key-names';

it('shows the keys of a body, never its values', () => {
  expect(keyNames({ email: 'jo@x.org', id: 1 })).toBe('keys: email, id');
  expect(keyNames([1])).toBe('a list');
  expect(keyNames(undefined)).toBe('no JSON object');
});
