import type { CampaignStatsStream } from './campaign-stats.stream';

/** When to look at one campaign's figures: soon after a change, never sooner than the shortest pause after the last look,
 *  and at the longest pause by itself. */
export class FollowedCampaign {
  readonly streams = new Set<CampaignStatsStream>();
  private lookedAt = 0;
  private dueAt = Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    /** What it throws is met by the next look. */
    private readonly look: () => Promise<void>,
    private readonly shortestPauseMs: () => number,
    private readonly longestPauseMs: number,
  ) {
    this.lookAt(Date.now() + longestPauseMs);
  }

  lookSoon(): void {
    this.lookAt(Math.max(Date.now(), this.lookedAt + this.shortestPauseMs()));
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  end(): void {
    for (const stream of this.streams) void stream.return();
  }

  private lookAt(at: number): void {
    if (at >= this.dueAt) return;
    clearTimeout(this.timer);
    this.dueAt = at;
    this.timer = setTimeout(() => this.lookNow(), at - Date.now()).unref();
  }

  private lookNow(): void {
    this.lookedAt = Date.now();
    this.dueAt = Infinity;
    this.lookAt(this.lookedAt + this.longestPauseMs);
    this.look().catch(() => undefined);
  }
}
