/** Latencies of one second, ms. A pause of the machine hits all of them together, so a block is what is drawn, never one. */
export type Block = readonly number[];

export interface LatencyRatio {
  baseMs: number;
  comparedMs: number;
  ratio: number;
  /** 95 % interval of the ratio. */
  low: number;
  high: number;
}

const rounds = 1_000;

/** The smallest value that `part` of all are not above; NaN of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}

/**
 * The p99 of `compared` as a multiple of the p99 of `base`. The interval is a block bootstrap: both sides are drawn again a
 * thousand times, second by second with replacement, and the middle 95 % of the ratios are what chance alone may give.
 */
export function p99Ratio(base: readonly Block[], compared: readonly Block[], random: () => number): LatencyRatio {
  const p99 = (blocks: readonly Block[]): number => quantile(blocks.flat(), 0.99);
  const drawn = (blocks: readonly Block[]): Block[] =>
    blocks.map(() => blocks[Math.floor(random() * blocks.length)] ?? []);
  const ratios = Array.from({ length: rounds }, () => p99(drawn(compared)) / p99(drawn(base)));
  const [baseMs, comparedMs] = [p99(base), p99(compared)];
  return {
    baseMs,
    comparedMs,
    ratio: comparedMs / baseMs,
    low: quantile(ratios, 0.025),
    high: quantile(ratios, 0.975),
  };
}
