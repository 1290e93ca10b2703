import {
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Logger } from '@groundswell/observability';
import { Catalogue, Database, LeaseRepository, TaskScheduler } from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import { arePrivateHostsAllowed, envelopeOf, providerUrlsOf, type MailConfig } from '../../config';
import { eventPages } from '../event-tokens';
import type { EventPages } from '../mail-event';
import { ReconcileUnknownTask } from '../reconciling/reconcile-unknown.task';
import { LoopTick } from './loop-tick';
import { MailLoops } from './mail-loops';
import { MailgunSources } from './mailgun-sources';
import { hasYoungMail } from './young-mail';

const dayMs = 86_400_000;
const domainsAtOnce = 4;

class LoopSwitches {
  constructor(readonly isOn: boolean) {}
}

/** By a name of its own: the one of the same class that sending has is another. */
class LoopTasks extends TaskScheduler {}

/** Asks providers what became of mails: the loops, and what became of calls without an answer. */
@Module({})
export class LoopsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly loops: MailLoops,
    private readonly tick: LoopTick,
    private readonly tasks: LoopTasks,
    private readonly reconcile: ReconcileUnknownTask,
    private readonly switches: LoopSwitches,
  ) {}

  static forRoot(config: MailConfig): DynamicModule {
    return {
      module: LoopsModule,
      global: true,
      providers: [
        { provide: LoopSwitches, useValue: new LoopSwitches(isOn(config)) },
        sourcesProvider(config),
        loopsProvider(config),
        {
          provide: LoopTick,
          inject: [MailLoops, Database, appLogger],
          useFactory: (loops: MailLoops, database: Database, logger: Logger) => {
            const parts = { run: () => loops.run(), hasYoungMail: () => hasYoungMail(database) };
            return new LoopTick(parts, logger, config.EVENTS_TICK_MS);
          },
        },
        {
          provide: LoopTasks,
          inject: [Database, appLogger],
          useFactory: (database: Database, logger: Logger) =>
            new LoopTasks(database, new LeaseRepository('mail'), config.REPLICA_ID, logger),
        },
        {
          provide: ReconcileUnknownTask,
          inject: [Database, MailgunSources, appLogger],
          useFactory: (database: Database, sources: MailgunSources, logger: Logger) =>
            new ReconcileUnknownTask(database, sources, logger, config.EVENTS_TICK_MS),
        },
      ],
      exports: [MailLoops],
    };
  }

  onApplicationBootstrap(): void {
    if (!this.switches.isOn) return;
    this.tick.start();
    this.tasks.start(this.reconcile);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loops.stop();
    await this.tick.stop();
    await this.tasks.stop();
  }
}

/** Tests run the loops themselves. */
const isOn = ({ EVENTS_ENABLED, JOBS_ENABLED, NODE_ENV }: MailConfig): boolean =>
  EVENTS_ENABLED && JOBS_ENABLED && NODE_ENV !== 'test';

const sourcesProvider = (config: MailConfig) => ({
  provide: MailgunSources,
  inject: [Database, Catalogue],
  useFactory: (database: Database, catalogue: Catalogue) => {
    const apiUrl = providerUrlsOf(config).get('mailgun');
    const settings = {
      connectTimeoutMs: config.PROVIDER_CONNECT_TIMEOUT_MS,
      allowPrivate: arePrivateHostsAllowed(config),
      ...(apiUrl !== undefined && { apiUrl }),
    };
    return new MailgunSources(database, catalogue, envelopeOf(config), settings, []);
  },
});

const loopsProvider = (config: MailConfig) => ({
  provide: MailLoops,
  inject: [Database, MailgunSources, eventPages, appLogger],
  useFactory: (database: Database, sources: MailgunSources, pages: EventPages, logger: Logger) =>
    new MailLoops(
      { database, leases: new LeaseRepository('mail'), sources, pages, logger, now: () => new Date() },
      {
        replicaId: config.REPLICA_ID,
        leaseMs: config.EVENTS_LEASE_MS,
        retentionMs: config.EVENTS_RETENTION_DAYS * dayMs,
        domainsAtOnce,
        longestRunMs: config.EVENTS_TICK_MS,
      },
    ),
});
