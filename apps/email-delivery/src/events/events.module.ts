import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Metrics, type Logger } from '@groundswell/observability';
import { Database, OutboxRepository, TaskScheduler } from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import { mailTasks } from '../mail-tasks';
import type { MailConfig } from '../config';
import { AddressKeys } from '../deliveries/address-keys';
import { RecountMailsTask } from './counting/recount-mails.task';
import { eventPages, eventStorage } from './event-tokens';
import type { EventPages } from './mail-event';
import { InProcessEventPages } from './processing/in-process.event-pages';
import { ThreadedEventPages } from './processing/threaded.event-pages';
import { DatabaseEventStorage } from './storage/database.event-storage';

const recountTasks = Symbol('recount tasks');

/** Events of providers into what they mean for mails, supporters and mailings. Whoever reads events hands its pages over here;
 *  pages end after their readers. */
@Module({})
export class EventsModule implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    @Inject(eventPages) private readonly pages: EventPages & { stop(): Promise<void> },
    @Inject(recountTasks) private readonly tasks: TaskScheduler,
    private readonly recount: RecountMailsTask,
  ) {}

  static forRoot(config: MailConfig): DynamicModule {
    return {
      module: EventsModule,
      global: true,
      providers: [
        {
          provide: eventStorage,
          inject: [Database, OutboxRepository, AddressKeys, appLogger],
          useFactory: (database: Database, outbox: OutboxRepository, { hash }: AddressKeys, logger: Logger) =>
            new DatabaseEventStorage(database, outbox, hash, logger),
        },
        {
          provide: eventPages,
          inject: [eventStorage, AddressKeys, appLogger],
          useFactory: (storage: DatabaseEventStorage, keys: AddressKeys, logger: Logger) =>
            openPages(config, storage, keys, logger),
        },
        {
          provide: RecountMailsTask,
          inject: [Database, appLogger],
          useFactory: (database: Database, logger: Logger) =>
            new RecountMailsTask(database, logger, config.RECOUNT_INTERVAL),
        },
        {
          provide: recountTasks,
          inject: [Database, appLogger, Metrics],
          useFactory: (database: Database, logger: Logger, metrics: Metrics) =>
            mailTasks(config, database, logger, metrics),
        },
      ],
      exports: [eventStorage, eventPages],
    };
  }

  onApplicationBootstrap(): void {
    this.tasks.start(this.recount);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.tasks.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pages.stop();
  }
}

/** Beside the program, where it is built; not where it runs from its sources. */
const workerFile = fileURLToPath(new URL('event-pages.worker.js', import.meta.url));

function openPages(config: MailConfig, storage: DatabaseEventStorage, keys: AddressKeys, logger: Logger) {
  const gapMs = config.EVENT_PAGE_GAP_MS;
  if (config.EVENTS_IN_WORKER && existsSync(workerFile)) {
    return new ThreadedEventPages(workerFile, () => ({ addressKey: keys.key, gapMs }), storage);
  }
  logger.info({}, 'pages of mail events are read without a worker thread');
  return new InProcessEventPages(storage, gapMs);
}
