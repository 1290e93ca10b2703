import type { Logger } from '@groundswell/observability';

export interface TickParts {
  /** One run; true when there is more to read at once. */
  run(): Promise<boolean>;
  /** Whether any mail is young enough to be told of. */
  hasYoungMail(): Promise<boolean>;
}

/** Runs the loops every so often, at an offset of this process's own, so that many installations do not come together. */
export class LoopTick {
  private readonly offsetMs: number;
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly parts: TickParts,
    private readonly logger: Logger,
    private readonly everyMs: number,
    random: () => number = Math.random,
  ) {
    this.offsetMs = Math.floor(random() * everyMs);
  }

  start(): void {
    if (this.stopped) return;
    const waitMs = msToTick(Date.now(), this.everyMs, this.offsetMs);
    this.timer = setTimeout(() => {
      this.turn = this.tick();
    }, waitMs);
  }

  /** Waits for a run under way; whoever runs the loops ends it. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.turn;
  }

  private async tick(): Promise<void> {
    try {
      if (await this.parts.hasYoungMail()) {
        let hasMore = true;
        while (hasMore && !this.stopped) hasMore = await this.parts.run();
      }
    } catch (error) {
      this.logger.warn({ reason: error instanceof Error ? error.message : String(error) }, 'mail events not read');
    }
    this.start();
  }
}

/** Until the next instant that is `offsetMs` after a multiple of `everyMs`. */
export const msToTick = (nowMs: number, everyMs: number, offsetMs: number): number => {
  const sinceMs = (((nowMs - offsetMs) % everyMs) + everyMs) % everyMs;
  return everyMs - sinceMs;
};
