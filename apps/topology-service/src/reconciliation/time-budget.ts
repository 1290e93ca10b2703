/** How long one kind of work may take in one round. On a fresh broker a big installation needs minutes for everything; with
 *  a budget the system queues, and then org after org, are confirmed meanwhile instead of all at the end. */
export class TimeBudget {
  private readonly until: number;
  /** True once work was put off to the next round. */
  wasCut = false;

  constructor(
    limitMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.until = now() + limitMs;
  }

  /** Whether there is time for one more piece. */
  allowsMore(): boolean {
    if (this.now() < this.until) return true;
    this.wasCut = true;
    return false;
  }
}
