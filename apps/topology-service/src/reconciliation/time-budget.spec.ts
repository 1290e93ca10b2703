import { TimeBudget } from './time-budget';

it('a time budget allows pieces of work until it is spent, and tells that some were put off', () => {
  let now = 0;
  const budget = new TimeBudget(100, () => now);
  expect([budget.allowsMore(), budget.wasCut]).toEqual([true, false]);
  now = 100;
  expect([budget.allowsMore(), budget.wasCut]).toEqual([false, true]);
});
