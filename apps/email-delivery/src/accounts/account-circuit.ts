export interface CircuitSettings {
  /** Failures in a row after which the account rests. */
  failures: number;
  firstPauseMs: number;
  longestPauseMs: number;
}

/** Calls at once to an account that has not shown yet that it answers: one that is silent holds few. */
const callsToBegin = 2;

/**
 * Keeps an account that does not answer, or refuses us, from being called again and again. After a rest one call tries; each
 * success allows one call more at once.
 */
export class AccountCircuit {
  private failuresInRow = 0;
  private successes = 0;
  private pauses = 0;
  private pausedUntil = 0;
  private reason: string | null = null;

  constructor(
    private readonly settings: CircuitSettings,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Why the account is not trusted; null while it is, and once it was not needed for long. */
  get fault(): string | null {
    const isRecent = this.now() < this.pausedUntil + this.settings.longestPauseMs;
    return this.pauses > 0 && isRecent ? this.reason : null;
  }

  /** Calls that may be made at once: none during a rest, one after it. */
  allowedCalls(most: number): number {
    if (this.now() < this.pausedUntil) return 0;
    return this.pauses > 0 ? 1 : Math.min(most, callsToBegin + this.successes);
  }

  succeeded(): void {
    this.successes += 1;
    this.failuresInRow = 0;
    this.pauses = 0;
    this.pausedUntil = 0;
    this.reason = null;
  }

  /** `isRefused`: the account itself, so there is nothing to wait for. */
  failed(reason: string, { isRefused = false, retryAfterMs = 0 } = {}): void {
    this.failuresInRow += 1;
    this.successes = 0;
    this.reason = reason;
    const isTried = this.pauses > 0;
    if (!isRefused && !isTried && this.failuresInRow < this.settings.failures) {
      this.pausedUntil = Math.max(this.pausedUntil, this.now() + Math.min(retryAfterMs, this.settings.longestPauseMs));
      return;
    }
    if (this.now() < this.pausedUntil) return;
    const doubled = this.settings.firstPauseMs * 2 ** Math.min(this.pauses, 30);
    this.pauses += 1;
    const restMs = Math.min(Math.max(doubled, retryAfterMs), this.settings.longestPauseMs);
    this.pausedUntil = this.now() + restMs;
  }
}
