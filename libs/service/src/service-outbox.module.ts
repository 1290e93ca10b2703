import {
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { BrokerHealth, ConsumerSupervisor, Publisher } from '@groundswell/messaging';
import { HealthRegistry, Metrics, registerSurroundings, type Logger } from '@groundswell/observability';
import {
  Catalogue,
  Database,
  LeaseRepository,
  OutboxRelay,
  OutboxRepository,
  defaultRelaySettings,
  prometheusRelay,
  prometheusTasks,
  TaskScheduler,
  TopologyGate,
  TopologyWatch,
  type OwnedSchema,
  type TopologyGateSettings,
} from '@groundswell/persistence';
import { appLogger } from './runtime';
import { watchService } from './service-metrics';

export interface OutboxSettings {
  schema: OwnedSchema;
  /** Holds the leases of scheduled tasks; must differ between replicas that run at the same time. */
  replicaId: string;
  topology: TopologyGateSettings;
  /** Scheduled tasks wait that long after the start, ms; null: none runs here. */
  taskDelayMs?: number | null;
}

/** What the features of a service write with and are run by: outbox, relay, scheduler. Stops after the consumers and tasks,
 *  and after every module that is imported later or further inside. */
@Module({})
export class ServiceOutboxModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly relay: OutboxRelay,
    private readonly watch: TopologyWatch,
    private readonly tasks: TaskScheduler,
    private readonly consumers: ConsumerSupervisor,
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly broker: BrokerHealth,
    private readonly publisher: Publisher,
    private readonly health: HealthRegistry,
    private readonly metrics: Metrics,
  ) {}

  static forRoot({ schema, replicaId, topology, taskDelayMs = 0 }: OutboxSettings): DynamicModule {
    return {
      module: ServiceOutboxModule,
      global: true,
      providers: [
        { provide: OutboxRepository, useFactory: () => new OutboxRepository(schema) },
        {
          provide: TopologyGate,
          inject: [Database, Catalogue],
          useFactory: (database: Database, catalogue: Catalogue) => new TopologyGate(database, catalogue, topology),
        },
        {
          provide: OutboxRelay,
          inject: [Database, OutboxRepository, Publisher, TopologyGate, appLogger, Metrics],
          useFactory: (...[database, outbox, publisher, gate, logger, metrics]: RelayParts) =>
            new OutboxRelay(database, outbox, publisher, gate, logger, defaultRelaySettings, prometheusRelay(metrics)),
        },
        {
          provide: TopologyWatch,
          inject: [Database, Catalogue, TopologyGate, OutboxRelay, appLogger],
          useFactory: (...[database, catalogue, gate, relay, logger]: WatchParts) =>
            new TopologyWatch(database, catalogue, gate, relay, logger),
        },
        {
          provide: TaskScheduler,
          inject: [Database, appLogger, Metrics],
          useFactory: (database: Database, logger: Logger, metrics: Metrics) =>
            new TaskScheduler(
              database,
              new LeaseRepository(schema),
              replicaId,
              logger,
              prometheusTasks(metrics),
              taskDelayMs,
            ),
        },
      ],
      exports: [OutboxRepository, OutboxRelay, TopologyGate, TaskScheduler],
    };
  }

  onApplicationBootstrap(): void {
    const { database, broker, catalogue } = this;
    registerSurroundings(this.health, { database, broker, catalogue });
    const { relay, publisher, consumers } = this;
    watchService(this.metrics, { database, catalogue, relay, broker, publisher, consumers });
    this.watch.start();
    this.publisher.onChannel(() => this.relay.resume());
    this.relay.start();
  }

  /** The message in hand is finished and acked, then published, then it is quiet. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.consumers.stop();
    await this.tasks.stop();
    await this.watch.stop();
    await this.relay.stop();
  }
}

type RelayParts = [Database, OutboxRepository, Publisher, TopologyGate, Logger, Metrics];
type WatchParts = [Database, Catalogue, TopologyGate, OutboxRelay, Logger];
