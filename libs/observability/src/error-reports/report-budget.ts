const minuteMs = 60_000;

/** So many in a minute and no more: a fault that repeats a thousand times is one fault. */
export class ReportBudget {
  private windowStart = -Infinity;
  private used = 0;

  constructor(
    private readonly mostPerMinute: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  take(): boolean {
    const now = this.now();
    if (now - this.windowStart >= minuteMs) {
      this.windowStart = now;
      this.used = 0;
    }
    this.used += 1;
    return this.used <= this.mostPerMinute;
  }
}
