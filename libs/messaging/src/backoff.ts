export interface BackoffOptions {
  firstMs: number;
  maxMs: number;
}

/** Pauses that double from `firstMs` to `maxMs`, each moved by up to a fifth so that a fleet does not retry in step. */
export class Backoff {
  private failures = 0;

  constructor(
    private readonly options: BackoffOptions,
    private readonly random: () => number = Math.random,
  ) {}

  nextMs(): number {
    const doubled = this.options.firstMs * 2 ** Math.min(this.failures, 30);
    this.failures += 1;
    const moved = Math.min(doubled, this.options.maxMs) * (0.8 + 0.4 * this.random());
    return Math.min(Math.round(moved), this.options.maxMs);
  }

  reset(): void {
    this.failures = 0;
  }
}
