import { Catalogue, Database, OutboxRelay, TopologyGate } from '@groundswell/persistence';
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
import { withinMs } from './within-ms';

const firstRetryMs = 500;
const longestRetryMs = 10_000;

/**
 * Starts and stops what keeps the catalogue current. Boot waits for the database a moment and then goes on with the kept
 * copy of the catalogue, or without any; what the first boot makes is retried until it is there. An unusable instance
 * key ends the process whenever it is found.
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
    private readonly gate: TopologyGate,
    private readonly relay: OutboxRelay,
    private readonly instanceOrg: InstanceOrg,
    @Inject(CATALOGUE_SURROUNDINGS) private readonly surroundings: CatalogueSurroundings,
  ) {}

  /** Whether the instance org and a catalogue are there. */
  get isReady(): boolean {
    return this.isSetUp && this.catalogue.version > 0;
  }

  async onModuleInit(): Promise<void> {
    const { settings, copy, events } = this.surroundings;
    copy?.prepare();
    const isConnected = await this.database.connect(settings.databaseWaitMs);
    if (isConnected) await this.setUpOrClose();
    else this.retryLater(firstRetryMs);
    await this.restoreIfEmpty();
    this.refresher.start(events);
    events?.start();
    this.relay.start();
    copy?.start(this.catalogue, this.gate);
  }

  /** While there is still a broker: what the relay has in hand goes out first. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    if (this.timer) clearTimeout(this.timer);
    this.refresher.stop();
    this.surroundings.copy?.stop();
    await this.relay.stop();
    await this.surroundings.events?.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }

  /** A database that takes connections but does not answer may keep us waiting no longer than one that is away. */
  private async setUpOrClose(): Promise<void> {
    const setUp = this.setUp();
    try {
      if ((await withinMs(setUp, this.surroundings.settings.databaseWaitMs)) !== 'late') return;
    } catch (error) {
      this.surroundings.copy?.stop();
      await this.database.close();
      throw error;
    }
    setUp.catch((error: InstanceKeyUnusableError) => this.refuseToRun(error));
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
      this.setUp(Math.min(delayMs * 2, longestRetryMs))
        .then(() => this.restoreIfEmpty())
        .catch((error: InstanceKeyUnusableError) => this.refuseToRun(error));
    }, delayMs);
    this.timer.unref();
  }

  private async restoreIfEmpty(): Promise<void> {
    const { copy, logger } = this.surroundings;
    if (this.catalogue.version > 0 || this.isStopped || !(await copy?.restoreInto(this.catalogue))) return;
    logger.warn({ version: this.catalogue.version }, 'database away: going on with the kept copy of the catalogue');
  }

  private refuseToRun(error: InstanceKeyUnusableError): void {
    this.surroundings.logger.error({ code: error.code, reason: error.message }, 'refusing to run');
    this.surroundings.refuseToRun(error);
  }
}
