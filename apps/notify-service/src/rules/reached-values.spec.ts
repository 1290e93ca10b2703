import { reachedPercents, reachedValues } from './reached-values';

it.each<[string, { values?: number[]; every?: number }, number, number, number[]]>([
  ['nothing new', { values: [100] }, 150, 150, []],
  ['figures that fell', { values: [100] }, 150, 90, []],
  ['an exact hit', { values: [100] }, 99, 100, [100]],
  ['not the value it began with', { values: [100] }, 100, 101, []],
  ['several at once, each once', { values: [300, 100, 100, 500] }, 0, 400, [100, 300]],
  ['a multiple', { every: 1_000 }, 999, 1_000, [1_000]],
  ['between multiples', { every: 1_000 }, 1_000, 1_999, []],
  ['multiples jumped over', { every: 1_000 }, 900, 3_100, [1_000, 2_000, 3_000]],
  ['zero is no milestone', { every: 10 }, 0, 9, []],
])('%s', (_, settings, seen, count, expected) => {
  expect(reachedValues({ settings }, seen, count)).toEqual(expected);
});

it('of very many the highest twenty', () => {
  const reached = reachedValues({ settings: { every: 10 } }, 0, 1_000_000);
  expect([reached.length, reached[0], reached.at(-1)]).toEqual([20, 999_810, 1_000_000]);
});

it.each<[number[], number, number, number[]]>([
  [[80, 100], 79, 100, []],
  [[80, 100], 80, 100, [80]],
  [[100, 80], 250, 100, [80, 100]],
  [[80], 8, 10, [80]],
  [[80], 5, 0, []],
])('of %j percent, %d of %d is %j', (values, used, limit, expected) => {
  expect(reachedPercents(values, used, limit)).toEqual(expected);
});
