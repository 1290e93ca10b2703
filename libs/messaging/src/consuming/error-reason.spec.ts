import { z } from 'zod';
import { contractProblemsOf, reasonOf } from './error-reason';

it.each([
  ['a code of ours', Object.assign(new Error('x'), { code: 'ingest.page_gone' }), 'ingest.page_gone'],
  ['a number', Object.assign(new Error('x'), { code: 23505 }), '23505'],
  ['something else called code', Object.assign(new Error('x'), { code: 'a@b.org is not a code' }), 'Error'],
  ['no code', new TypeError('a@b.org'), 'TypeError'],
  ['no error at all', 'a@b.org', 'unknown error'],
])('names %s without quoting anything', (_case, error, reason) => {
  const result = reasonOf(error);
  expect(result.reason).toBe(reason);
  expect(JSON.stringify(result)).not.toContain('a@b.org');
});

it('names the places of a body that do not fit, not their values', () => {
  const contract = z.object({ contact: z.object({ email: z.string() }), n: z.number() });
  const { error } = contract.safeParse({ contact: { email: 5 }, n: 'a@b.org' });
  expect(contractProblemsOf(error)).toEqual({ problems: ['contact.email: invalid_type', 'n: invalid_type'] });
});
