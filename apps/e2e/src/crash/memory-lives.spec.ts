import { growthPerMinute, lastingGrowthPerMinute } from './memory-lives';

const seconds = (count: number, valueAt: (second: number) => number): number[] =>
  Array.from({ length: count }, (_, at) => valueAt(at));

describe('growth of memory', () => {
  it.each([
    ['none of a flat line', seconds(120, () => 80), 0],
    ['a line that rises by 3 a minute', seconds(120, (at) => 80 + at / 20), 3],
    ['garbage that comes and is collected', seconds(120, (at) => 80 + (at % 5) * 4), 0],
    ['a leak under such garbage', seconds(240, (at) => 80 + at / 30 + (at % 5) * 4), 2],
  ])('is %s', (_, values, expected) => {
    expect(growthPerMinute(values)).toBeCloseTo(expected, 1);
  });

  it('cannot be told of less than two blocks', () => {
    expect(growthPerMinute(seconds(19, () => 80))).toBeNaN();
  });
});

describe('growth that goes on', () => {
  const life = (at: (second: number) => number): number[] => Array.from({ length: 300 }, (_, second) => at(second));

  it('is that of a leak, whether it is steady or comes in steps', () => {
    expect(lastingGrowthPerMinute(life((second) => 100 + second / 10))).toBeCloseTo(6, 1);
    expect(lastingGrowthPerMinute(life((second) => 100 + 3 * Math.floor(second / 30)))).toBeGreaterThan(4);
  });

  it('is none of one step, or of what comes to rest', () => {
    expect(lastingGrowthPerMinute(life((second) => (second < 100 ? 100 : 120)))).toBe(0);
    expect(lastingGrowthPerMinute(life((second) => 100 + Math.min(second, 140) / 10))).toBeCloseTo(0, 1);
  });
});
