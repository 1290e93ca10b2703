import { outcomeOf, type EndedMail } from './target-outcomes';

it.each<[EndedMail['state'], string | null, string]>([
  ['sent', null, 'sent'],
  ['unknown', 'no answer', 'unknown'],
  ['returned', 'paused', 'returned'],
  ['failed', '550 no such user', 'failed'],
  ['failed', 'suppressed', 'failed'],
  ['failed', 'erased', 'cancelled'],
  ['failed', 'empty', 'cancelled'],
])('a row that is %s (%s) is told as %s', (state, error, outcome) => {
  expect(outcomeOf({ state, error })).toBe(outcome);
});
