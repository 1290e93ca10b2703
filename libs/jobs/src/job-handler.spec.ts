import { z } from 'zod';
import { matchHandlers } from './job-handler';
import { defineJob } from './job-type';

const job = (name: string) => defineJob({ name, payload: z.unknown(), cursor: z.unknown() });
const claim = (name: string) => ({ name, handler: { run: () => Promise.resolve() } });

describe('job types and their handlers', () => {
  it('match one to one', () => {
    const matched = matchHandlers([job('a'), job('b')], [claim('b'), claim('a')]);
    expect([...matched.keys()]).toEqual(['a', 'b']);
  });

  it.each([
    ['a type without a handler', [job('a')], [], '"a" has no handler'],
    ['a type with two', [job('a')], [claim('a'), claim('a')], '"a" has 2 handlers'],
    ['a handler of no listed type', [], [claim('a')], '"a" has a handler but is not listed'],
    ['a type that is listed twice', [job('a'), job('a')], [claim('a')], '"a" is listed twice'],
  ])('do not match with %s', (_name, types, claims, problem) => {
    expect(() => matchHandlers(types, claims)).toThrow(problem);
  });
});

describe('a job type', () => {
  it.each([
    ['no attempts', { attempts: 0 }, /attempts/],
    ['half a millisecond', { backoff: { firstMs: 0.5, longestMs: 1 } }, /firstMs/],
    ['a priority beyond all', { priority: 5_000 }, /priority/],
  ])('is refused with %s', (_name, more, problem) => {
    expect(() => defineJob({ name: 'a', payload: z.unknown(), cursor: z.unknown(), ...more })).toThrow(problem);
  });
  it('is refused with a name that is no word', () => {
    expect(() => job('No Name')).toThrow(/a-z/);
  });
});
