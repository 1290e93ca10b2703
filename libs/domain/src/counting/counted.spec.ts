import type { ActionStatus, SupporterStatus } from '../processing/status';
import { isCountedAction, isCountedPair } from './counted';

const actions: [ActionStatus, boolean][] = [
  ['new', false],
  ['confirming', false],
  ['rejected', false],
  ['accepted', true],
  ['delivered', true],
  ['repeat', false],
];
const supporters: [SupporterStatus, boolean][] = [
  ['new', false],
  ['confirming', false],
  ['rejected', false],
  ['accepted', true],
];

describe('counted', () => {
  it.each(actions)('action that is %s: %s', (status, expected) => {
    expect(isCountedAction({ status, testing: false })).toBe(expected);
    expect(isCountedAction({ status, testing: true })).toBe(false);
  });

  it.each(actions.flatMap(([a, countsA]) => supporters.map(([s, countsS]) => [a, s, countsA && countsS] as const)))(
    'pair of action %s and supporter %s: %s',
    (action, supporter, expected) => {
      const pair = (testing: boolean, dupeRank: number | null): boolean =>
        isCountedPair({ status: action, testing }, { status: supporter, dupeRank });
      expect(pair(false, 0)).toBe(expected);
      expect(pair(true, 0)).toBe(false);
      expect(pair(false, 1)).toBe(false);
      expect(pair(false, null)).toBe(false);
    },
  );

  it('never without a supporter', () => {
    expect(isCountedPair({ status: 'delivered', testing: false }, null)).toBe(false);
  });
});
