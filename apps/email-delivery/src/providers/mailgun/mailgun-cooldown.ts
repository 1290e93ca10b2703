const longestMs = 3_600_000;

/** Until when an account asked to be left alone: all who call it share one. */
export class MailgunCooldown {
  private untilMs = 0;

  constructor(private readonly now: () => number = () => Date.now()) {}

  /** Ms left; 0 when it may be called. */
  get leftMs(): number {
    return Math.max(0, this.untilMs - this.now());
  }

  begin(ms: number): void {
    this.untilMs = Math.max(this.untilMs, this.now() + Math.min(ms, longestMs));
  }
}
