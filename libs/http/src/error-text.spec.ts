import { cleanError } from './error-text';

it.each([
  ['"passenger@@mailjet.com" is invalid', '"[REDACTED]" is invalid'],
  ['Jo <jo@x.org>, SRS0=A4FD=UH=x.org=jo@y.org', 'Jo <[REDACTED]>, [REDACTED]'],
  ['user:jo@x.org failed', 'user:[REDACTED] failed'],
  ['at jo%40x.org', 'at [REDACTED]'],
  ['two\r\nlines\u0000', 'two lines'],
  ['x'.repeat(400), 'x'.repeat(300)],
])('cleans %j', (text, expected) => {
  expect(cleanError(text)).toBe(expected);
});

it('reads a long word once, however long it is', () => {
  expect(cleanError('a'.repeat(300_000))).toBe('a'.repeat(300));
  expect(cleanError(`${'a'.repeat(300_000)}@x.org`)).toBe('[REDACTED]');
});
