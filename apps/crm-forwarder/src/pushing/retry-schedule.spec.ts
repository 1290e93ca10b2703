import { honoured, longestWaitMs, retryDelayMs, withJitter } from './retry-schedule';

const middle = () => 0.5;
const seconds = 1_000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

describe('retryDelayMs', () => {
  it.each([
    [1, 5 * seconds],
    [2, 5 * minutes],
    [3, 30 * minutes],
    [4, 2 * hours],
    [5, 5 * hours],
    [6, 10 * hours],
    [7, 14 * hours],
    [8, 20 * hours],
    [9, 24 * hours],
    [10, null],
    [11, null],
  ])('after attempt %i: %s ms', (attempts, delayMs) => {
    expect(retryDelayMs(attempts, { firstMs: 5_000, random: middle })).toBe(delayMs);
  });

  it('spreads over about three days', () => {
    let total = 0;
    for (let made = 1; made <= 9; made += 1) total += retryDelayMs(made, { firstMs: 5_000, random: middle }) ?? 0;
    expect(total / hours / 24).toBeCloseTo(3.15, 1);
  });

  it('scales by the first wait', () => {
    expect(retryDelayMs(2, { firstMs: 10, random: middle })).toBe(600);
  });

  it.each([
    ['asks for less', 1_000, 5_000],
    ['asks for more', 60_000, 60_000],
    ['asks for more than a day', 48 * hours, 24 * hours],
  ])('an endpoint that %s', (_, retryAfterMs, delayMs) => {
    expect(retryDelayMs(1, { firstMs: 5_000, random: middle }, retryAfterMs)).toBe(delayMs);
  });

  it('has no attempt more because the endpoint asks for one', () => {
    expect(retryDelayMs(10, { firstMs: 5_000 }, 60_000)).toBeNull();
  });
});

it('jitter is a fifth either way', () => {
  expect(withJitter(1_000, () => 0)).toBe(800);
  expect(withJitter(1_000, () => 0.999_999)).toBe(1_200);
});

it('what is honoured is never below nothing', () => {
  expect(honoured(-5)).toBe(0);
  expect(honoured(undefined)).toBe(0);
});

it('the longest wait is the last one at its latest', () => {
  expect(longestWaitMs(5_000)).toBe(28.8 * hours);
});
