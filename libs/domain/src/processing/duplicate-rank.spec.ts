import { dupeRank, isRepeat } from './duplicate-rank';

describe('duplicate rank', () => {
  it.each([
    ['the first supporter', { acceptedOthers: 0, rank: null, wasAccepted: false }, 0],
    ['the third supporter', { acceptedOthers: 2, rank: null, wasAccepted: false }, 2],
    ['one whose provisional rank is outdated', { acceptedOthers: 1, rank: 0, wasAccepted: false }, 1],
    ['one accepted before others', { acceptedOthers: 3, rank: 0, wasAccepted: true }, 0],
    ['one accepted but never ranked', { acceptedOthers: 1, rank: null, wasAccepted: true }, 1],
  ])('of %s', (_name, state, expected) => {
    expect(dupeRank(state)).toBe(expected);
  });

  const bools = [true, false];
  const combinations = [null, 0, 1, 5].flatMap((rank) =>
    bools.flatMap((samePage) =>
      bools.flatMap((withConsent) => bools.map((delivers) => ({ rank, samePage, withConsent, delivers }))),
    ),
  );

  it.each(combinations)('makes an action repeat only for a duplicate signature on the same page: %j', (state) => {
    const isDuplicate = state.rank === 1 || state.rank === 5;
    expect(isRepeat(state)).toBe(isDuplicate && state.samePage && state.withConsent && state.delivers);
  });
});
