import { Standstill } from './standstill';

const numbers = (applied: number, given: number, other = 0) => ({
  applied: new Map([[1, applied]]),
  given: new Map([
    [1, given],
    [2, other],
  ]),
});

describe('Standstill', () => {
  it('is as long as the partition that stands still the longest', () => {
    const standstill = new Standstill();
    expect(standstill.longestMs(numbers(5, 5), 0)).toBe(0);
    expect(standstill.longestMs(numbers(5, 6), 100)).toBe(0);
    expect(standstill.longestMs(numbers(5, 7, 1), 150)).toBe(50);
    expect(standstill.longestMs(numbers(5, 7, 1), 200)).toBe(100);
    expect(standstill.longestMs(numbers(7, 7, 1), 250)).toBe(100);
    expect(standstill.longestMs(numbers(7, 8), 300)).toBe(0);
  });

  it('begins anew wherever a delta came, and where nobody looked', () => {
    const standstill = new Standstill();
    standstill.longestMs(numbers(5, 9), 0);
    expect(standstill.longestMs(numbers(6, 9), 500)).toBe(0);
    expect(standstill.longestMs(numbers(6, 9), 900)).toBe(400);
    standstill.forget();
    expect(standstill.longestMs(numbers(6, 9), 1_000)).toBe(0);
  });
});
