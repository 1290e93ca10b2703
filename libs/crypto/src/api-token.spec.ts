import { createHash } from 'node:crypto';
import { hashApiToken, newApiToken } from './api-token';

it('makes a token that starts with API- and finds its hash again', () => {
  const { token, hash } = newApiToken();
  expect(token).toMatch(/^API-[\w-]{43}$/);
  expect(hash).toEqual(createHash('sha256').update(Buffer.from(token, 'base64url')).digest());
  expect(hashApiToken(token)).toEqual(hash);
});

it('makes another one each time', () => expect(newApiToken().token).not.toBe(newApiToken().token));

it.each(['', 'API-', 'API-short', `BPI-${'A'.repeat(43)}`, `API-${'A'.repeat(44)}`, `API-${'A'.repeat(42)}!`])(
  'takes %j for no token',
  (text) => expect(hashApiToken(text)).toBeNull(),
);
