import { seededRandom } from '@groundswell/testing';
import { p99Ratio, quantile, type Block } from './latency-ratio';

describe('quantile', () => {
  it.each([
    { values: [], part: 0.99, expected: Number.NaN },
    { values: [7], part: 0.99, expected: 7 },
    { values: [3, 1, 2], part: 0.5, expected: 2 },
    { values: Array.from({ length: 100 }, (_, index) => 100 - index), part: 0.99, expected: 99 },
    { values: Array.from({ length: 1_000 }, (_, index) => index + 1), part: 0.99, expected: 990 },
  ])('$part of $values.length values is $expected', ({ values, part, expected }) => {
    expect(quantile(values, part)).toBe(expected);
  });
});

describe('p99Ratio', () => {
  const random = seededRandom(5);
  const seconds = (count: number, shiftMs: number): Block[] =>
    Array.from({ length: count }, () => Array.from({ length: 40 }, () => shiftMs + 10 + 10 * random()));

  it('of two alike is one, and its interval says so', () => {
    const { ratio, low, high } = p99Ratio(seconds(60, 0), seconds(60, 0), random);
    expect(ratio).toBeCloseTo(1, 1);
    expect(low).toBeLessThanOrEqual(1.01);
    expect(high).toBeGreaterThanOrEqual(0.99);
  });

  it('sees a fifth more', () => {
    const { ratio, low } = p99Ratio(seconds(60, 0), seconds(60, 4), random);
    expect(ratio).toBeCloseTo(1.2, 1);
    expect(low).toBeGreaterThan(1.1);
  });

  it('knows that one bad second proves little', () => {
    const unlucky = seconds(20, 0).map((block, index) => (index === 3 ? block.map((ms) => ms + 100) : block));
    const { ratio, low } = p99Ratio(seconds(20, 0), unlucky, random);
    expect(ratio).toBeGreaterThan(2);
    expect(low).toBeLessThan(1.1);
  });
});
