import type { Catalogue } from '../catalogue/catalogue';
import type { Database } from '../database';
import type { OutboxRelay } from './outbox-relay';
import type { TopologyGate } from './topology-gate';

/** How often the catalogue's version and the confirmed queues are compared, ms (design.md §3). */
const compareEveryMs = 2_000;

export interface WatchLogger {
  debug(fields: object, text: string): void;
}

/** Keeps catalogue and gate current while nothing arrives, and wakes the relay when queues become ready. */
export class TopologyWatch {
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly database: Pick<Database, 'connect'>,
    private readonly catalogue: Pick<Catalogue, 'refresh'>,
    private readonly gate: Pick<TopologyGate, 'refresh'>,
    private readonly relay: Pick<OutboxRelay, 'wake'>,
    private readonly logger: WatchLogger,
  ) {}

  /** Looks as soon as the database is there: at boot it is still being connected to. */
  start(): void {
    this.looking = this.database.connect(compareEveryMs).then(() => this.look());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.looking;
  }

  private async look(): Promise<void> {
    try {
      await this.catalogue.refresh();
      if (await this.gate.refresh()) this.relay.wake();
    } catch (error) {
      // The database is away: what is known stays in force until it is back.
      this.logger.debug({ reason: error instanceof Error ? error.message : String(error) }, 'catalogue not compared');
    }
    if (!this.stopped) this.timer = setTimeout(() => void (this.looking = this.look()), compareEveryMs);
  }
}
