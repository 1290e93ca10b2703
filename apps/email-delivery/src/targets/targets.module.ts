import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { HttpCaller } from '@groundswell/http';
import type { Logger } from '@groundswell/observability';
import { Catalogue, Database, OutboxRepository } from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import { arePrivateHostsAllowed, envelopeOf, type MailConfig } from '../config';
import { openCaller } from '../providers/http/provider-caller';
import { CampaignStatsReadModel } from './campaign-stats.read-model';
import { StoredFiles, storedFileLimits } from './files/stored-files';
import { TargetFiles } from './files/target-files';
import { TargetMails } from './target-mails';
import { TargetOutcomes } from './target-outcomes';

/** A call slot of the account waits meanwhile. */
const fileTimeoutMs = 10_000;

/** What mails to targets need besides: their files and figures, and answers to mtt-service. */
@Module({})
export class TargetsModule implements OnApplicationShutdown {
  constructor(private readonly caller: HttpCaller) {}

  static forRoot(config: MailConfig): DynamicModule {
    return {
      module: TargetsModule,
      global: true,
      providers: [
        {
          provide: HttpCaller,
          useFactory: () =>
            openCaller({
              connectTimeoutMs: config.PROVIDER_CONNECT_TIMEOUT_MS,
              timeoutMs: Math.min(config.PROVIDER_TIMEOUT_MS, fileTimeoutMs),
              allowPrivate: arePrivateHostsAllowed(config),
            }),
        },
        {
          provide: TargetFiles,
          inject: [Database, Catalogue, HttpCaller],
          useFactory: (database: Database, catalogue: Catalogue, caller: HttpCaller) => {
            const limits = { ...storedFileLimits, maxMailBytes: config.MAIL_FILES_MAX_BYTES };
            return new TargetFiles(database, catalogue, envelopeOf(config), new StoredFiles(caller, limits));
          },
        },
        {
          provide: CampaignStatsReadModel,
          inject: [Database, Catalogue],
          useFactory: (database: Database, catalogue: Catalogue) => new CampaignStatsReadModel(database, catalogue),
        },
        {
          provide: TargetOutcomes,
          inject: [OutboxRepository],
          useFactory: (outbox: OutboxRepository) => new TargetOutcomes(outbox),
        },
        {
          provide: TargetMails,
          inject: [TargetOutcomes, appLogger],
          useFactory: (outcomes: TargetOutcomes, logger: Logger) => new TargetMails(outcomes, logger),
        },
      ],
      exports: [TargetFiles, CampaignStatsReadModel, TargetOutcomes, TargetMails],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.caller.close();
  }
}
