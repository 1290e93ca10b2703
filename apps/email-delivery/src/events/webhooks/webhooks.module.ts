import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ConsumerSupervisor } from '@groundswell/messaging';
import { Metrics, type Logger } from '@groundswell/observability';
import { Database, isDatabaseFault, TaskScheduler } from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import { mailTasks } from '../../mail-tasks';
import type { MailConfig } from '../../config';
import { eventPages } from '../event-tokens';
import type { EventPages } from '../mail-event';
import { MailWebhookHandler } from './mail-webhook.handler';
import { TidyWebhooksTask } from './tidy-webhooks.task';
import { WebhookApplier } from './webhook-applier';
import { WebhookMetrics } from './webhook-metrics';
import { WebhookPages } from './webhook-pages';

const leaseMs = 120_000;
const tidyEveryMs = 600_000;
const webhookTasks = Symbol('webhook tasks');

/** Events of mails that providers push. Needs the global token `eventPages`. */
@Module({})
export class WebhooksModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly applier: WebhookApplier,
    private readonly tidy: TidyWebhooksTask,
    @Inject(webhookTasks) private readonly tasks: TaskScheduler,
    private readonly consumers: ConsumerSupervisor,
  ) {}

  static forRoot(config: MailConfig): DynamicModule {
    return {
      module: WebhooksModule,
      controllers: [MailWebhookHandler],
      providers: [
        { provide: WebhookMetrics, inject: [Metrics], useFactory: (metrics: Metrics) => new WebhookMetrics(metrics) },
        {
          provide: WebhookApplier,
          inject: [Database, eventPages, WebhookMetrics, appLogger],
          useFactory: (...[database, pages, metrics, logger]: [Database, EventPages, WebhookMetrics, Logger]) =>
            new WebhookApplier(database, new WebhookPages(pages, isDatabaseFault), metrics, logger, {
              pollMs: config.SEND_POLL_MS,
              leaseMs,
            }),
        },
        {
          provide: TidyWebhooksTask,
          inject: [Database, WebhookMetrics, appLogger],
          useFactory: (database: Database, metrics: WebhookMetrics, logger: Logger) =>
            new TidyWebhooksTask(database, metrics, logger, config.WEBHOOK_KEEP_DAYS, tidyEveryMs),
        },
        {
          provide: webhookTasks,
          inject: [Database, appLogger, Metrics],
          useFactory: (database: Database, logger: Logger, metrics: Metrics) =>
            mailTasks(config, database, logger, metrics),
        },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.applier.start();
    this.tasks.start(this.tidy);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumers.stop();
    await this.tasks.stop();
    await this.applier.stop();
  }
}
