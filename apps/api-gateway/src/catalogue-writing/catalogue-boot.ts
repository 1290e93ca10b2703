import { Catalogue, Database, OutboxRelay } from '@groundswell/persistence';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { CatalogueRefresher } from './catalogue-refresher';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from './catalogue-settings';
import { InstanceKeyUnusableError } from './instance-key-unusable.error';
import { InstanceOrg } from './instance-org';

const firstRetryMs = 500;
const longestRetryMs = 10_000;

/**
 * Starts and stops what keeps the catalogue current. Boot waits for the database a moment and then goes on without;
 * what the first boot makes is retried until it is there. An unusable instance key ends the process whenever it is
 * found.
 */
@Injectable()
export class CatalogueBoot implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;
  private isStopped = false;
  private isSetUp = false;

  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly refresher: CatalogueRefresher,
    private readonly relay: OutboxRelay,
    private readonly instanceOrg: InstanceOrg,
    @Inject(CATALOGUE_SURROUNDINGS) private readonly surroundings: CatalogueSurroundings,
  ) {}

  /** Whether the instance org and a catalogue are there. */
  get isReady(): boolean {
    return this.isSetUp && this.catalogue.version > 0;
  }

  async onModuleInit(): Promise<void> {
    const isConnected = await this.database.connect(this.surroundings.settings.databaseWaitMs);
    if (isConnected) await this.setUpOrClose();
    else this.retryLater(firstRetryMs);
    this.refresher.start(this.surroundings.events);
    this.surroundings.events?.start();
    this.relay.start();
  }

  /** While there is still a broker: what the relay has in hand goes out first. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    if (this.timer) clearTimeout(this.timer);
    this.refresher.stop();
    await this.relay.stop();
    await this.surroundings.events?.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }

  private async setUpOrClose(): Promise<void> {
    try {
      await this.setUp();
    } catch (error) {
      await this.database.close();
      throw error;
    }
  }

  private async setUp(retryMs = firstRetryMs): Promise<void> {
    try {
      await this.instanceOrg.ensure();
      this.isSetUp = true;
      await this.refresher.refresh('boot');
    } catch (error) {
      if (error instanceof InstanceKeyUnusableError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.surroundings.logger.warn({ reason, retryInMs: retryMs }, 'instance org not set up yet');
      this.retryLater(retryMs);
    }
  }

  private retryLater(delayMs: number): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.setUp(Math.min(delayMs * 2, longestRetryMs)).catch((error: InstanceKeyUnusableError) => {
        this.surroundings.logger.error({ code: error.code, reason: error.message }, 'refusing to run');
        this.surroundings.refuseToRun(error);
      });
    }, delayMs);
    this.timer.unref();
  }
}
