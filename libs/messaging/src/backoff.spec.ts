import { Backoff } from './backoff';

it('doubles from the first pause to the longest, and starts over after a reset', () => {
  const backoff = new Backoff({ firstMs: 5_000, maxMs: 300_000 }, () => 0.5);
  const pauses = Array.from({ length: 8 }, () => backoff.nextMs());
  expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  backoff.reset();
  expect(backoff.nextMs()).toBe(5_000);
});

it.each([
  [0, 4_000],
  [1, 6_000],
])('moves a pause by a fifth at most (random %d)', (random, expected) => {
  expect(new Backoff({ firstMs: 5_000, maxMs: 300_000 }, () => random).nextMs()).toBe(expected);
});

it('is never longer than the longest pause, jitter included', () => {
  expect(new Backoff({ firstMs: 300_000, maxMs: 300_000 }, () => 1).nextMs()).toBe(300_000);
});
