import { randomBytes } from 'node:crypto';
import {
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { UnsubscribeTokens } from '@groundswell/crypto';
import { mailRetryDelayMs } from '@groundswell/domain';
import { BrokerHealth, ConsumerSupervisor } from '@groundswell/messaging';
import { HealthRegistry, Metrics, registerSurroundings } from '@groundswell/observability';
import { Catalogue, Database, LeaseRepository, TaskScheduler } from '@groundswell/persistence';
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
import { appLogger, type Logger } from '../runtime';
import { MailTemplates } from '../templates/mail-templates';
import { RemoteTemplateLists } from '../templates/remote-templates';
import { StoredTemplates } from '../templates/stored-templates';
import { MailCall } from './mail-call';
import { MailComposer } from './mail-composer';
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
    private readonly database: Database,
    private readonly sendingDatabase: SendingDatabase,
    private readonly catalogue: Catalogue,
    private readonly broker: BrokerHealth,
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
        senderProvider(config),
        {
          provide: TaskScheduler,
          inject: [Database, appLogger],
          useFactory: (database: Database, logger: Logger) =>
            new TaskScheduler(database, new LeaseRepository('mail'), config.REPLICA_ID, logger),
        },
        {
          provide: TidyDeliveriesTask,
          inject: [Database, appLogger],
          useFactory: (database: Database, logger: Logger) =>
            new TidyDeliveriesTask(database, logger, config.TIDY_INTERVAL, config.EVENT_MATCH_DAYS),
        },
      ],
      exports: [MailSender, MailMetrics, MailAccounts, RemoteTemplateLists],
    };
  }

  onApplicationBootstrap(): void {
    const { database, broker, catalogue } = this;
    registerSurroundings(this.health, { database, broker, catalogue });
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
  inject: [appLogger],
  useFactory: async (logger: Logger) => {
    const poolSize = config.SENDING_POOL_SIZE;
    const settings = { url: config.DATABASE_URL, applicationName: 'email-delivery', poolSize, keepPlans: true };
    const database = new SendingDatabase(settings, logger);
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

const senderProvider = (config: MailConfig) => ({
  provide: MailSender,
  inject: [
    Database,
    SendingDatabase,
    Catalogue,
    MailAccounts,
    RemoteTemplateLists,
    MailMetrics,
    appLogger,
    eventStorage,
  ],
  useFactory: (...[database, sending, catalogue, accounts, remote, metrics, logger, events]: SenderParts) => {
    const srs = srsSettingsOf(config, randomBytes(srsKeyBytes).toString('base64url'));
    const templates = new MailTemplates(new StoredTemplates(catalogue, database), remote, logger);
    const composer = new MailComposer(catalogue, templates, srs, unsubscribeLinksOf(config));
    const leaseMs = config.CALL_LEASE_MS;
    const call = new MailCall(sending, composer, mailRetryDelayMs, metrics, logger, leaseMs, events);
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
  RemoteTemplateLists,
  MailMetrics,
  Logger,
  EventStorage,
];
