import { retryAfterMs } from './retry-after';

const now = Date.parse('2026-11-21T10:00:00Z');

it.each([
  ['120', 120_000],
  ['0', 0],
  ['1.5', 1500],
  ['Sat, 21 Nov 2026 10:00:30 GMT', 30_000],
  ['Sat, 21 Nov 2026 09:00:00 GMT', undefined],
  ['soon', undefined],
  ['-5', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After %p waits %p ms', (value, expected) => {
  expect(retryAfterMs(value, now)).toBe(expected);
});
