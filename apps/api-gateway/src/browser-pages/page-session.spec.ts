import { decodeSession, encodeSession, isCsrfToken, localPath, newSession } from './page-session';

it.each([
  ['/', '/'],
  ['/users/settings?a=1#b', '/users/settings?a=1#b'],
  ['//evil.org', null],
  ['/\\evil.org', null],
  ['/a\\b', null],
  ['/a b', null],
  ['/\t/evil.org', null],
  ['https://evil.org', null],
  ['', null],
  [`/${'a'.repeat(1_000)}`, null],
])('takes %j as the local path %j', (path, expected) => {
  expect(localPath(path)).toBe(expected);
});

it('comes back from its cookie, and from nothing else', () => {
  const session = { ...newSession('t'), flashes: [{ kind: 'info' as const, text: 'ü' }], returnTo: '/x' };
  expect(decodeSession(encodeSession(session))).toEqual(session);
  for (const text of ['', 'x', Buffer.from('[]').toString('base64url')]) expect(decodeSession(text)).toBeNull();
});

it('knows its own CSRF token alone, and makes another each time', () => {
  const session = newSession();
  expect(isCsrfToken(session, session.csrfToken)).toBe(true);
  for (const other of ['', session.csrfToken.slice(1), newSession().csrfToken]) {
    expect(isCsrfToken(session, other)).toBe(false);
  }
});
