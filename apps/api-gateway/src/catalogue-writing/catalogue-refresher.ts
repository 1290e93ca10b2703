import { catalogueChangedKey, topologyChangedKey } from '@groundswell/contracts';
import type { Catalogue, OutboxRelay, TopologyGate } from '@groundswell/persistence';
import type { CatalogueLogger, EventSource } from './catalogue-settings';

/**
 * Keeps this process's catalogue and topology gate current: by comparing versions every `refreshMs`, and at once when
 * an event says so. An event may be lost, come twice or come late: it only makes the next comparison sooner.
 */
export class CatalogueRefresher {
  private timer: NodeJS.Timeout | null = null;
  private isStopped = true;
  private lastReason: string | null = null;
  private stopListening: () => void = () => undefined;

  constructor(
    private readonly catalogue: Catalogue,
    private readonly gate: TopologyGate,
    private readonly relay: OutboxRelay,
    private readonly refreshMs: number,
    private readonly logger: CatalogueLogger,
  ) {}

  /** Null while the last comparison succeeded, else why not. */
  get fault(): string | null {
    return this.lastReason;
  }

  start(events: EventSource | undefined): void {
    this.isStopped = false;
    this.stopListening =
      events?.listen([catalogueChangedKey, topologyChangedKey], (routingKey) => void this.refresh(routingKey)) ??
      this.stopListening;
    this.schedule();
  }

  stop(): void {
    this.isStopped = true;
    this.stopListening();
    if (this.timer) clearTimeout(this.timer);
  }

  /** Never throws: a database that is away is noticed by its next use anyway. */
  async refresh(cause = 'time'): Promise<void> {
    try {
      await this.catalogue.refresh();
      await this.gate.refresh();
      if (this.lastReason) this.logger.info({ version: this.catalogue.version }, 'catalogue is current again');
      this.lastReason = null;
      if (cause === topologyChangedKey) this.relay.wake();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== this.lastReason) this.logger.warn({ reason }, 'catalogue not compared: using the copy in memory');
      this.lastReason = reason;
    }
  }

  private schedule(): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => void this.refresh().finally(() => this.schedule()), this.refreshMs);
    this.timer.unref();
  }
}
