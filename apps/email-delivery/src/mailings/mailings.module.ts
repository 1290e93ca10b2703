import { randomBytes } from 'node:crypto';
import { Inject, Module, type DynamicModule, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { PersonalLinkTokens } from '@groundswell/crypto';
import { Metrics, type Logger } from '@groundswell/observability';
import { Catalogue, Database, TaskScheduler } from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import { mailTasks } from '../mail-tasks';
import { MailAccounts } from '../accounts/mail-accounts';
import { envelopeOf, publicUrlOf, srsSettingsOf, type MailConfig } from '../config';
import { AddressKeys } from '../deliveries/address-keys';
import { MailComposer } from '../sending/mail-composer';
import { MailMetrics } from '../sending/mail-metrics';
import { unsubscribeLinksOf } from '../sending/sending.module';
import { MailTemplates } from '../templates/mail-templates';
import { RemoteTemplateLists } from '../templates/remote-templates';
import { StoredTemplates } from '../templates/stored-templates';
import { AccountTurns } from './account-turns';
import { BatchRun } from './batch-run';
import { MailingComposer } from './mailing-composer';
import { MailingControl } from './mailing-control';
import { MailingLinks } from './mailing-links';
import { hashAddress, MailingMessageHandler } from './mailing-message.handler';
import { MailingPreparation } from './mailing-preparation';
import { MailingSender } from './mailing-sender';
import { NamedRetries, sendingBudgets } from './named-retries';
import { SettleMailingsTask } from './settle-mailings.task';
import { StaleMailings } from './stale-mailings';

const mailingTasks = Symbol('tasks of mailings');

/** Mailings to supporters. Stops before anything else does: the accounts it calls are closed later. */
@Module({})
export class MailingsModule implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly sender: MailingSender,
    private readonly settling: SettleMailingsTask,
    @Inject(mailingTasks) private readonly tasks: TaskScheduler,
  ) {}

  static forRoot(config: MailConfig): DynamicModule {
    return {
      module: MailingsModule,
      global: true,
      controllers: [MailingMessageHandler],
      providers: [
        { provide: hashAddress, inject: [AddressKeys], useFactory: ({ hash }: AddressKeys) => hash },
        senderProvider(config),
        settlingProvider(config),
        {
          provide: mailingTasks,
          inject: [Database, appLogger, Metrics],
          useFactory: (database: Database, logger: Logger, metrics: Metrics) =>
            mailTasks(config, database, logger, metrics),
        },
        {
          provide: MailingControl,
          inject: [Database, MailingSender],
          useFactory: (database: Database, sender: MailingSender) => new MailingControl(database, sender),
        },
      ],
      exports: [MailingControl, MailingSender],
    };
  }

  onApplicationBootstrap(): void {
    this.tasks.start(this.settling);
    this.sender.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.tasks.stop();
    await this.sender.stop();
  }
}

type SenderParts = [Database, Catalogue, MailAccounts, RemoteTemplateLists, MailMetrics, Logger];
const srsKeyBytes = 32;

const batchRetriesOf = (config: MailConfig) => ({
  retries: config.MAILING_RETRIES,
  firstMs: config.MAILING_RETRY_FIRST_MS,
});

const senderProvider = (config: MailConfig) => ({
  provide: MailingSender,
  inject: [Database, Catalogue, MailAccounts, RemoteTemplateLists, MailMetrics, appLogger],
  useFactory: (...[database, catalogue, accounts, remote, metrics, logger]: SenderParts) => {
    const srs = srsSettingsOf(config, randomBytes(srsKeyBytes).toString('base64url'));
    const templates = new MailTemplates(new StoredTemplates(catalogue, database), remote, logger);
    const links = unsubscribeLinksOf(config);
    const composer = new MailingComposer(
      templates,
      (found) => new MailComposer(catalogue, found, srs, links),
      new MailingLinks(new PersonalLinkTokens(envelopeOf(config)), links, publicUrlOf(config)),
    );
    const leaseMs = config.CALL_LEASE_MS;
    const turns = new AccountTurns(database, catalogue, accounts, config.CALLS_PER_ACCOUNT);
    const retries = new NamedRetries(logger, sendingBudgets);
    const preparation = new MailingPreparation(database, catalogue, logger, config.MAILING_BATCH_SIZE);
    const run = new BatchRun(database, composer, turns, retries, metrics, logger, leaseMs);
    const stale = new StaleMailings(database, catalogue, logger, config.MAILING_STALE_MS);
    return new MailingSender(database, catalogue, accounts, stale, preparation, run, retries, logger, {
      replicaId: config.REPLICA_ID,
      batchesAtOnce: config.MAILING_BATCHES_AT_ONCE,
      leaseMs,
      pollMs: config.SEND_POLL_MS,
      batchRetries: batchRetriesOf(config),
    });
  },
});

const settlingProvider = (config: MailConfig) => ({
  provide: SettleMailingsTask,
  inject: [Database, appLogger],
  useFactory: (database: Database, logger: Logger) =>
    new SettleMailingsTask(database, logger, batchRetriesOf(config), config.TIDY_INTERVAL),
});
