import { Module, type DynamicModule, type OnApplicationBootstrap } from '@nestjs/common';
import { Metrics, type Logger } from '@groundswell/observability';
import { Catalogue, Database, OutboxRelay, OutboxRepository, TaskScheduler } from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import { publicUrlOf, type NotifyConfig } from '../config';
import { FactReaders } from '../facts/fact-readers';
import { ConfirmCreatedReader } from './confirm-created.reader';
import { ConfirmMetrics } from './confirm-metrics';
import { ConfirmNotifier } from './confirm-notifier';
import { MissedConfirmsTask } from './missed-confirms.task';

/** Asks for the mails of confirms. */
@Module({})
export class ConfirmsModule implements OnApplicationBootstrap {
  constructor(
    private readonly tasks: TaskScheduler,
    private readonly missed: MissedConfirmsTask,
  ) {}

  static forRoot(config: NotifyConfig): DynamicModule {
    const settings = { publicUrl: publicUrlOf(config), instanceOrgName: config.ORG_NAME };
    return {
      module: ConfirmsModule,
      providers: [
        { provide: ConfirmMetrics, inject: [Metrics], useFactory: (metrics: Metrics) => new ConfirmMetrics(metrics) },
        {
          provide: ConfirmNotifier,
          inject: [Database, Catalogue, OutboxRepository, OutboxRelay],
          useFactory: (...[database, catalogue, outbox, relay]: NotifierParts) =>
            new ConfirmNotifier(database, catalogue, outbox, relay, settings),
        },
        {
          provide: ConfirmCreatedReader,
          inject: [FactReaders, ConfirmNotifier, ConfirmMetrics],
          useFactory: (readers: FactReaders, notifier: ConfirmNotifier, metrics: ConfirmMetrics) =>
            readers.add(new ConfirmCreatedReader(notifier, metrics)),
        },
        {
          provide: MissedConfirmsTask,
          inject: [Database, ConfirmNotifier, ConfirmMetrics, appLogger],
          useFactory: (...[database, notifier, metrics, logger]: TaskParts) => {
            const { MISSED_CONFIRMS_INTERVAL: everyMs, MISSED_CONFIRM_AGE_MS: ageMs } = config;
            return new MissedConfirmsTask(database, notifier, metrics, logger, everyMs, ageMs);
          },
        },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.tasks.start(this.missed);
  }
}

type NotifierParts = [Database, Catalogue, OutboxRepository, OutboxRelay];
type TaskParts = [Database, ConfirmNotifier, ConfirmMetrics, Logger];
