import {
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ConsumerSupervisor } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import { Catalogue, Database } from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import type { ForwarderConfig } from '../config';
import { PushSender } from '../pushing/push-sender';
import { PushIntake } from './push-intake';
import { SqsMessagesHandler } from './sqs-messages.handler';
import { WebhookMessagesHandler } from './webhook-messages.handler';
import { WebhookQueues } from './webhook-queues';

/** From messages to rows of forwarder.pushes. */
@Module({})
export class TakingOverModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly queues: WebhookQueues) {}

  static forRoot(config: ForwarderConfig): DynamicModule {
    return {
      module: TakingOverModule,
      controllers: [WebhookMessagesHandler, SqsMessagesHandler],
      providers: [
        {
          provide: PushIntake,
          inject: [Database, Catalogue, PushSender],
          useFactory: (database: Database, catalogue: Catalogue, sender: PushSender) =>
            new PushIntake(database, catalogue, sender),
        },
        {
          provide: WebhookQueues,
          inject: [Database, Catalogue, ConsumerSupervisor, appLogger],
          useFactory: (...[database, catalogue, consumers, logger]: QueueParts) =>
            new WebhookQueues(database, catalogue, consumers, logger, config.CATALOGUE_POLL_MS),
        },
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.queues.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.queues.stop();
  }
}

type QueueParts = [Database, Catalogue, ConsumerSupervisor, Logger];
