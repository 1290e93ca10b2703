import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { daemonDelayOf } from '@groundswell/config';
import { Metrics } from '@groundswell/observability';
import { Database, LeaseRepository, OutboxRepository, prometheusTasks, TaskScheduler } from '@groundswell/persistence';
import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type FactoryProvider,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import type { GatewayConfig } from '../config';
import { GATEWAY_CONFIG, GATEWAY_LOGGER, type GatewayLogger } from '../http/runtime.module';
import { passMarginMs, RemovalPasses } from './removal-passes';
import { RemoveTargetsTask } from '../targets/remove-targets.task';
import { RemoveEmptiedTask } from './remove-emptied.task';

const scheduler: FactoryProvider = {
  provide: TaskScheduler,
  inject: [Database, GATEWAY_CONFIG, GATEWAY_LOGGER, Metrics],
  useFactory: (database: Database, config: GatewayConfig, logger: GatewayLogger, metrics: Metrics) => {
    const holder = `${hostname()}-${process.pid}-${randomUUID()}`;
    const leases = new LeaseRepository('catalog');
    const delayMs = daemonDelayOf(config);
    return new TaskScheduler(database, leases, holder, logger, prometheusTasks(metrics), delayMs);
  },
};

const task: FactoryProvider = {
  provide: RemoveEmptiedTask,
  inject: [Database, OutboxRepository, CatalogueWriter, GATEWAY_CONFIG, GATEWAY_LOGGER],
  useFactory: (
    database: Database,
    outbox: OutboxRepository,
    writer: CatalogueWriter,
    config: GatewayConfig,
    logger: GatewayLogger,
  ) => {
    const settings = { markRestMs: config.MARK_REST, marginMs: passMarginMs };
    const passes = new RemovalPasses(database, outbox, settings);
    return new RemoveEmptiedTask(database, passes, writer, logger, config.REMOVE_MARKED_INTERVAL);
  },
};

const targetsTask: FactoryProvider = {
  provide: RemoveTargetsTask,
  inject: [Database, CatalogueWriter, GATEWAY_CONFIG],
  useFactory: (database: Database, writer: CatalogueWriter, config: GatewayConfig) =>
    new RemoveTargetsTask(database, writer, config.REMOVE_MARKED_INTERVAL),
};

/** Removing what was deleted by mark, at one replica at a time. Needs the global modules RuntimeModule, CatalogueModule. */
@Module({ providers: [scheduler, task, targetsTask] })
export class RemovalModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(TaskScheduler) private readonly tasks: TaskScheduler,
    @Inject(RemoveEmptiedTask) private readonly removal: RemoveEmptiedTask,
    @Inject(RemoveTargetsTask) private readonly targetRemoval: RemoveTargetsTask,
  ) {}

  onApplicationBootstrap(): void {
    this.tasks.start(this.removal);
    this.tasks.start(this.targetRemoval);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.tasks.stop();
  }
}
