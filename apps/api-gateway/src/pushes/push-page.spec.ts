import { InputError } from '../api/api-error';
import { cursorOf, readPageOfPushes } from './push-page';

it('reads a page with its defaults', () => {
  expect(readPageOfPushes({})).toEqual({ after: null, limit: 50 });
  expect(readPageOfPushes({ after: '', limit: null })).toEqual({ after: null, limit: 50 });
});

it('reads the cursor it gave', () => {
  const position = { takenAt: new Date('2026-11-20T10:00:00.125Z'), id: '17' };
  expect(readPageOfPushes({ after: cursorOf(position), limit: 100 })).toEqual({ after: position, limit: 100 });
});

it.each([
  [{ after: '17' }, 'after', 'is invalid'],
  [{ after: '1-1 or true' }, 'after', 'is invalid'],
  [{ after: `${'9'.repeat(16)}-1` }, 'after', 'is invalid'],
  [{ limit: 0 }, 'limit', 'must be greater than 0'],
  [{ limit: 101 }, 'limit', 'is too large'],
])('refuses %j', (page, at, message) => {
  expect(() => readPageOfPushes(page)).toThrow(new InputError([{ path: [at], message }]));
});
