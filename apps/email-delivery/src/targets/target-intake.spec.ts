import { roundsOf } from './target-intake';
import type { TargetDraft } from './target-mail';

it('takes each purpose once at a time, in the order in which they came', () => {
  const draft = (purpose: string, attempt: number) => ({ attempt, delivery: { purpose } }) as TargetDraft;
  const rounds = roundsOf([draft('a', 1), draft('b', 1), draft('a', 2), draft('a', 3)]);
  const named = rounds.map((round) => round.map(({ delivery, attempt }) => `${delivery.purpose}${attempt}`));
  expect(named).toEqual([['a1', 'b1'], ['a2'], ['a3']]);
});
