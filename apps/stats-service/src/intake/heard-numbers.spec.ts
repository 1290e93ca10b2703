import { HeardNumbers } from './heard-numbers';

describe('HeardNumbers', () => {
  it.each<[string, number[], [number, number][], [number, number][], boolean]>([
    ['nothing happened', [], [[1, 5]], [[1, 5]], true],
    ['all were heard', [6, 7], [[1, 5]], [[1, 7]], true],
    ['those of before, too', [4, 5, 6], [[1, 5]], [[1, 6]], true],
    ['a partition that is new', [1, 2], [], [[1, 2]], true],
    ['one was not', [7], [[1, 5]], [[1, 7]], false],
    ['none was', [], [[1, 5]], [[1, 6]], false],
    [
      'another partition',
      [6],
      [[1, 5]],
      [
        [1, 6],
        [2, 1],
      ],
      false,
    ],
    ['one whose commit is not seen', [6], [[1, 5]], [[1, 5]], false],
    ['they went back', [], [[1, 5]], [[1, 4]], false],
  ])('%s', (_, heard, base, now, expected) => {
    const numbers = new HeardNumbers();
    for (const number of heard) numbers.note({ partition: 1, number });
    expect(numbers.areAll(new Map(base), new Map(now))).toBe(expected);
  });
});
