import { randomBytes } from 'node:crypto';
import {
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ReplyTokens, UnsubscribeTokens } from '@groundswell/crypto';
import { mailRetryDelayMs } from '@groundswell/domain';
import { ConsumerSupervisor } from '@groundswell/messaging';
import { HealthRegistry, Metrics, TRACING, type Logger, type Tracing } from '@groundswell/observability';
import {
  Catalogue,
  Database,
  prometheusDatabase,
  StatementClock,
  TaskScheduler,
  watchDatabase,
} from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import { mailTasks } from '../mail-tasks';
import { CatalogueWatch } from '../accounts/catalogue-watch';
import { MailAccounts } from '../accounts/mail-accounts';
import { providerOpener } from '../accounts/provider-opener';
import {
  arePrivateHostsAllowed,
  envelopeOf,
  providerUrlsOf,
  publicUrlOf,
  srsSettingsOf,
  type MailConfig,
} from '../config';
import { TidyDeliveriesTask } from '../deliveries/tidy-deliveries.task';
import { DatabasePreviewStore } from '../previews/database.preview-store';
import { eventStorage } from '../events/event-tokens';
import type { EventStorage } from '../events/mail-event';
import { MailTemplates } from '../templates/mail-templates';
import { RemoteTemplateLists } from '../templates/remote-templates';
import { CampaignStatsReadModel } from '../targets/campaign-stats.read-model';
import { TargetFiles } from '../targets/files/target-files';
import { MissingTemplates } from '../targets/missing-templates';
import { TargetComposer } from '../targets/target-composer';
import { TargetMailRepository } from '../targets/target-mail.repository';
import { TargetMails } from '../targets/target-mails';
import { TargetOutcomes } from '../targets/target-outcomes';
import { StoredTemplates } from '../templates/stored-templates';
import { MailCall } from './mail-call';
import { MailComposer } from './mail-composer';
import { MailComposers } from './mail-composers';
import { MailMetrics } from './mail-metrics';
import { MailSender } from './mail-sender';
import { SendingDatabase } from './sending-database';
import { UnsubscribeLinks } from './unsubscribe-links';

/** Sends the rows of mail.deliveries. Stops after the consumers: calls under way end, and their ends are written. */
@Module({})
export class SendingModule implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly sender: MailSender,
    private readonly accounts: MailAccounts,
    private readonly watch: CatalogueWatch,
    private readonly tasks: TaskScheduler,
    private readonly tidy: TidyDeliveriesTask,
    private readonly consumers: ConsumerSupervisor,
    private readonly sendingDatabase: SendingDatabase,
    private readonly health: HealthRegistry,
  ) {}

  static forRoot(config: MailConfig): DynamicModule {
    return {
      module: SendingModule,
      global: true,
      providers: [
        { provide: MailMetrics, inject: [Metrics], useFactory: (metrics: Metrics) => new MailMetrics(metrics) },
        {
          provide: CatalogueWatch,
          inject: [Catalogue, appLogger],
          useFactory: (catalogue: Catalogue, logger: Logger) =>
            new CatalogueWatch(catalogue, logger, config.CATALOGUE_POLL_MS),
        },
        accountsProvider(config),
        sendingDatabaseProvider(config),
        remoteTemplatesProvider,
        composersProvider(config),
        senderProvider(config),
        {
          provide: TaskScheduler,
          inject: [Database, appLogger, Metrics],
          useFactory: (database: Database, logger: Logger, metrics: Metrics) =>
            mailTasks(config, database, logger, metrics),
        },
        {
          provide: TidyDeliveriesTask,
          inject: [Database, appLogger, TargetOutcomes],
          useFactory: (database: Database, logger: Logger, targets: TargetOutcomes) =>
            new TidyDeliveriesTask(database, logger, config.TIDY_INTERVAL, config.EVENT_MATCH_DAYS, targets),
        },
      ],
      exports: [MailSender, MailMetrics, MailAccounts, RemoteTemplateLists],
    };
  }

  onApplicationBootstrap(): void {
    this.health.register('email backends', () => this.accountsState(), { critical: false });
    this.watch.start();
    this.tasks.start(this.tidy);
    this.sender.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumers.stop();
    await this.tasks.stop();
    await this.sender.stop();
    await this.watch.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.sendingDatabase.close();
  }

  private accountsState() {
    const { faults } = this.accounts;
    if (faults.length === 0) return { state: 'up' as const };
    const detail = faults.map(({ id, fault }) => `service ${id}: ${fault}`).join('; ');
    return { state: 'degraded' as const, detail };
  }
}

const accountsProvider = (config: MailConfig) => ({
  provide: MailAccounts,
  inject: [Database],
  useFactory: (database: Database) => {
    const settings = {
      connectTimeoutMs: config.PROVIDER_CONNECT_TIMEOUT_MS,
      timeoutMs: config.PROVIDER_TIMEOUT_MS,
      allowPrivate: arePrivateHostsAllowed(config),
    };
    const open = providerOpener(settings, new DatabasePreviewStore(database), providerUrlsOf(config));
    return new MailAccounts(database, envelopeOf(config), open, {
      failures: config.ACCOUNT_FAILURES,
      firstPauseMs: config.ACCOUNT_PAUSE_FIRST_MS,
      longestPauseMs: config.ACCOUNT_PAUSE_LONGEST_MS,
    });
  },
});

const sendingDatabaseProvider = (config: MailConfig) => ({
  provide: SendingDatabase,
  inject: [appLogger, Metrics],
  useFactory: async (logger: Logger, metrics: Metrics) => {
    const poolSize = config.SENDING_POOL_SIZE;
    const settings = { url: config.DATABASE_URL, applicationName: 'email-delivery', poolSize, keepPlans: true };
    const database = new SendingDatabase(settings, logger, new StatementClock(prometheusDatabase(metrics), logger));
    watchDatabase(metrics, database, 'sending');
    await database.connect(0);
    return database;
  },
});

const remoteTemplatesProvider = {
  provide: RemoteTemplateLists,
  inject: [Catalogue, MailAccounts, appLogger],
  useFactory: (catalogue: Catalogue, accounts: MailAccounts, logger: Logger) => {
    const lists = new RemoteTemplateLists((id) => accounts.listTemplates(id), logger);
    catalogue.onChange(({ table, before, after }) => {
      if (table === 'services') lists.forget((after ?? before)?.id ?? 0);
    });
    return lists;
  },
};

/** For whoever composes mails. */
export const unsubscribeLinksOf = (config: MailConfig): UnsubscribeLinks =>
  new UnsubscribeLinks(new UnsubscribeTokens(envelopeOf(config)), publicUrlOf(config));

const srsKeyBytes = 32;

const composersProvider = (config: MailConfig) => ({
  provide: MailComposers,
  inject: [Database, Catalogue, RemoteTemplateLists, appLogger, TargetFiles, CampaignStatsReadModel, MailMetrics],
  useFactory: (...[database, catalogue, remote, logger, files, stats, metrics]: ComposerParts) => {
    const srs = srsSettingsOf(config, randomBytes(srsKeyBytes).toString('base64url'));
    const templates = new MailTemplates(new StoredTemplates(catalogue, database), remote, logger);
    const sources = {
      catalogue,
      templates,
      files,
      stats,
      missing: new MissingTemplates(logger, metrics),
      countFileFailure: (deliveryId: number) =>
        database.run((manager) => new TargetMailRepository(manager).countFileFailure(deliveryId)),
    };
    return new MailComposers(
      new MailComposer(catalogue, templates, srs, unsubscribeLinksOf(config)),
      new TargetComposer(sources, srs, new ReplyTokens(envelopeOf(config)), logger),
    );
  },
});

type ComposerParts = [
  Database,
  Catalogue,
  RemoteTemplateLists,
  Logger,
  TargetFiles,
  CampaignStatsReadModel,
  MailMetrics,
];

const senderProvider = (config: MailConfig) => ({
  provide: MailSender,
  inject: [
    Database,
    SendingDatabase,
    Catalogue,
    MailAccounts,
    MailComposers,
    MailMetrics,
    appLogger,
    eventStorage,
    TargetMails,
    TRACING,
  ],
  useFactory: (
    ...[database, sending, catalogue, accounts, composers, metrics, logger, events, targets, tracing]: SenderParts
  ) => {
    const leaseMs = config.CALL_LEASE_MS;
    const call = new MailCall(sending, composers, mailRetryDelayMs, metrics, logger, leaseMs, events, targets, tracing);
    return new MailSender(database, catalogue, accounts, call, mailRetryDelayMs, metrics, logger, {
      replicaId: config.REPLICA_ID,
      callsPerAccount: config.CALLS_PER_ACCOUNT,
      callsAtOnce: config.CALLS_AT_ONCE,
      leaseMs,
      pollMs: config.SEND_POLL_MS,
    });
  },
});

type SenderParts = [
  Database,
  SendingDatabase,
  Catalogue,
  MailAccounts,
  MailComposers,
  MailMetrics,
  Logger,
  EventStorage,
  TargetMails,
  Tracing,
];
