import type { Logger } from '@groundswell/observability';
import type { Catalogue } from '@groundswell/persistence';

/** Compares the catalogue's version again and again. */
export class CatalogueWatch {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly catalogue: Catalogue,
    private readonly logger: Logger,
    private readonly everyMs: number,
  ) {}

  start(): void {
    this.running = this.look();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private async look(): Promise<void> {
    try {
      await this.catalogue.refresh();
    } catch (error) {
      this.logger.warn({ reason: error instanceof Error ? error.message : String(error) }, 'catalogue not compared');
    }
    if (this.stopped) return;
    this.timer = setTimeout(() => this.start(), this.everyMs);
  }
}
