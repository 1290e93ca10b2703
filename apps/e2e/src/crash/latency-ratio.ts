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
 * A quantile of `compared` as a multiple of that of `base`. The interval is a block bootstrap: both sides are drawn again a
 * thousand times, second by second with replacement, and the middle 95 % of the ratios are what chance alone may give.
 */
export function quantileRatio(
  part: number,
  base: readonly Block[],
  compared: readonly Block[],
  random: () => number,
): LatencyRatio {
  const figure = (blocks: readonly Block[]): number => quantile(blocks.flat(), part);
  const drawn = (blocks: readonly Block[]): Block[] =>
    blocks.map(() => blocks[Math.floor(random() * blocks.length)] ?? []);
  const ratios = Array.from({ length: rounds }, () => figure(drawn(compared)) / figure(drawn(base)));
  const [baseMs, comparedMs] = [figure(base), figure(compared)];
  return {
    baseMs,
    comparedMs,
    ratio: comparedMs / baseMs,
    low: quantile(ratios, 0.025),
    high: quantile(ratios, 0.975),
  };
}

export const p99Ratio = (base: readonly Block[], compared: readonly Block[], random: () => number): LatencyRatio =>
  quantileRatio(0.99, base, compared, random);

/** For the terminal. */
export const inWords = ({ baseMs, comparedMs, ratio, low, high }: LatencyRatio): string =>
  `${comparedMs.toFixed(1)} ms against ${baseMs.toFixed(1)} ms, ratio ${ratio.toFixed(3)} (${low.toFixed(3)} … ${high.toFixed(3)})`;

export function summaryOf(blocks: readonly Block[]): Record<string, number> {
  const all = blocks.flat();
  const at = (part: number): number => Number(quantile(all, part).toFixed(1));
  return { samples: all.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}
