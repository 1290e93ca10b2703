import { Module, type DynamicModule, type OnApplicationBootstrap } from '@nestjs/common';
import { Metrics, type Logger } from '@groundswell/observability';
import { Catalogue, Database, OutboxRelay, OutboxRepository, TaskScheduler } from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import type { NotifyConfig } from '../config';
import { ConfirmRemindersTask } from './confirm-reminders.task';
import { ReminderAsker } from './reminder-asker';
import { ReminderMetrics } from './reminder-metrics';

/** Reminds supporters who have not confirmed. */
@Module({})
export class RemindersModule implements OnApplicationBootstrap {
  constructor(
    private readonly tasks: TaskScheduler,
    private readonly reminders: ConfirmRemindersTask,
  ) {}

  static forRoot({ REMINDER_POLL_MS, REMINDER_INTERVAL }: NotifyConfig): DynamicModule {
    return {
      module: RemindersModule,
      providers: [
        {
          provide: ConfirmRemindersTask,
          inject: [Database, Catalogue, OutboxRepository, OutboxRelay, Metrics, appLogger],
          useFactory: (...[database, catalogue, outbox, relay, metrics, logger]: Parts) => {
            const asker = new ReminderAsker(database, catalogue, outbox, relay);
            const counted = new ReminderMetrics(metrics);
            const times = [REMINDER_POLL_MS, REMINDER_INTERVAL] as const;
            return new ConfirmRemindersTask(database, catalogue, asker, counted, logger, ...times);
          },
        },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.tasks.start(this.reminders);
  }
}

type Parts = [Database, Catalogue, OutboxRepository, OutboxRelay, Metrics, Logger];
