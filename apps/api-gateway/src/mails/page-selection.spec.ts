import { InputError } from '../api/api-error';
import { readPage, readRowId } from './page-selection';

it('reads a page with its defaults', () => {
  expect(readPage({})).toEqual({ after: null, limit: 50 });
  expect(readPage({ after: '', limit: null })).toEqual({ after: null, limit: 50 });
  expect(readPage({ after: '17', limit: 500 })).toEqual({ after: '17', limit: 500 });
});

it.each([
  [{ after: 'x' }, 'after', 'is invalid'],
  [{ after: '0' }, 'after', 'is invalid'],
  [{ limit: 0 }, 'limit', 'must be greater than 0'],
  [{ limit: 501 }, 'limit', 'is too large'],
])('refuses %j', (selection, at, message) => {
  expect(() => readPage(selection)).toThrow(new InputError([{ path: [at], message }]));
});

it.each([
  ['17', '17'],
  ['017', null],
  ['-1', null],
  ['1 or true', null],
  ['9'.repeat(19), null],
])('reads the id %s as %s', (id, found) => {
  expect(readRowId(id)).toBe(found);
});
