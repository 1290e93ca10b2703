import { outsideTraces, type Logger } from '@groundswell/observability';

export interface TurnLoopOptions {
  /** Longest time from one turn to the next, ms. */
  pollMs: number;
  /** What is logged when a turn throws; the next comes after `pollMs`. */
  failed: string;
  logger: Pick<Logger, 'warn'>;
}

/** Takes one turn after another until it is stopped: at once while somebody woke it, else after a rest. */
export class TurnLoop {
  private stopped = false;
  private isWoken = false;
  private running: Promise<void> = Promise.resolve();
  private wakeUp: () => void = () => undefined;

  constructor(
    private readonly turn: () => Promise<void>,
    private readonly options: TurnLoopOptions,
  ) {}

  get isStopped(): boolean {
    return this.stopped;
  }

  start(): void {
    this.running = outsideTraces(() => this.run());
  }

  /** Something may be to do. */
  wake(): void {
    this.isWoken = true;
    this.wakeUp();
  }

  /** Waits for the turn under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.isWoken = false;
      try {
        await this.turn();
      } catch (error) {
        this.isWoken = false;
        const reason = error instanceof Error ? error.message : String(error);
        this.options.logger.warn({ reason }, this.options.failed);
      }
      if (!this.isWoken && !this.stopped) await this.rest();
    }
  }

  private rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.options.pollMs);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
