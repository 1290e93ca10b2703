import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
  type Provider,
} from '@nestjs/common';
import { BrokerHealth, ConsumerSupervisor, Publisher } from '@groundswell/messaging';
import { HealthRegistry, registerSurroundings } from '@groundswell/observability';
import {
  Catalogue,
  Database,
  LeaseRepository,
  OutboxRelay,
  OutboxRepository,
  ReplicaRepository,
  TaskScheduler,
  TopologyGate,
  TopologyWatch,
} from '@groundswell/persistence';
import { publicUrlOf, type IngestConfig } from './config';
import { ingestSettings, type IngestSettings } from './ingest-settings';
import { PartitionShare } from './partitions/partition-share';
import { ReferenceJoiner } from './rejoining/reference-joiner';
import { RejoinReferencesTask } from './rejoining/rejoin-references.task';
import { RemoveMarkedTask } from './removal/remove-marked.task';
import { ContactRetention } from './retention/contact-retention';
import { RetentionRunsTask } from './retention/retention-runs.task';
import { AnswerRequestsHandler } from './requests/answer-requests.handler';
import { ActionRequeuer } from './requeueing/action-requeuer';
import { LossRequeuer } from './requeueing/loss-requeuer';
import { RequeueLossesTask } from './requeueing/requeue-losses.task';
import { RequeuedLossRepository } from './requeueing/requeued-loss.repository';
import { StageRebuilder } from './requeueing/stage-rebuilder';
import { appLogger, type Logger } from './runtime';
import { StoreBatchHandler } from './storing/store-batch.handler';

const providers: Provider[] = [
  { provide: OutboxRepository, useFactory: () => new OutboxRepository('actions') },
  {
    provide: OutboxRelay,
    inject: [Database, OutboxRepository, Publisher, TopologyGate, appLogger],
    useFactory: (
      database: Database,
      outbox: OutboxRepository,
      publisher: Publisher,
      gate: TopologyGate,
      logger: Logger,
    ) => new OutboxRelay(database, outbox, publisher, gate, logger),
  },
  {
    provide: PartitionShare,
    inject: [Database, ConsumerSupervisor, ingestSettings, appLogger],
    useFactory: (database: Database, consumers: ConsumerSupervisor, settings: IngestSettings, logger: Logger) =>
      new PartitionShare(database, new ReplicaRepository(), consumers, settings.replicaId, logger),
  },
  {
    provide: TaskScheduler,
    inject: [Database, ingestSettings, appLogger],
    useFactory: (database: Database, settings: IngestSettings, logger: Logger) =>
      new TaskScheduler(database, new LeaseRepository('actions'), settings.replicaId, logger),
  },
  {
    provide: ReferenceJoiner,
    inject: [Database, OutboxRepository, OutboxRelay],
    useFactory: (database: Database, outbox: OutboxRepository, relay: OutboxRelay) =>
      new ReferenceJoiner(database, outbox, relay),
  },
  {
    provide: StageRebuilder,
    inject: [Catalogue, ingestSettings],
    useFactory: (catalogue: Catalogue, settings: IngestSettings) =>
      new StageRebuilder(catalogue, settings.publicUrl, settings.topology),
  },
  {
    provide: LossRequeuer,
    inject: [Database, Catalogue, OutboxRepository, StageRebuilder, appLogger],
    useFactory: (
      database: Database,
      catalogue: Catalogue,
      outbox: OutboxRepository,
      rebuilder: StageRebuilder,
      logger: Logger,
    ) => new LossRequeuer(database, catalogue, outbox, new RequeuedLossRepository(), rebuilder, logger),
  },
  {
    provide: ActionRequeuer,
    inject: [Catalogue, OutboxRepository, StageRebuilder],
    useFactory: (catalogue: Catalogue, outbox: OutboxRepository, rebuilder: StageRebuilder) =>
      new ActionRequeuer(catalogue, outbox, rebuilder),
  },
  {
    provide: TopologyWatch,
    inject: [Database, Catalogue, TopologyGate, OutboxRelay, appLogger],
    useFactory: (database: Database, catalogue: Catalogue, gate: TopologyGate, relay: OutboxRelay, logger: Logger) =>
      new TopologyWatch(database, catalogue, gate, relay, logger),
  },
];

/** Stores submissions, publishes what follows from them, shares partitions, joins what crossed. */
@Module({})
export class IngestModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly share: PartitionShare,
    private readonly relay: OutboxRelay,
    private readonly tasks: TaskScheduler,
    private readonly consumers: ConsumerSupervisor,
    private readonly watch: TopologyWatch,
    private readonly database: Database,
    private readonly joiner: ReferenceJoiner,
    private readonly requeuer: LossRequeuer,
    private readonly health: HealthRegistry,
    private readonly broker: BrokerHealth,
    private readonly catalogue: Catalogue,
    @Inject(ingestSettings) private readonly settings: IngestSettings,
    @Inject(appLogger) private readonly logger: Logger,
  ) {}

  static forRoot(config: IngestConfig, logger: Logger): DynamicModule {
    const settings: IngestSettings = {
      publicUrl: publicUrlOf(config),
      replicaId: config.REPLICA_ID,
      rejoinEveryMs: config.PROCESS_OLD_INTERVAL,
      requeueEveryMs: config.REQUEUE_EVERY_MS,
      removeEveryMs: config.REMOVE_MARKED_INTERVAL,
      retention: { intervalMs: config.RETENTION_INTERVAL, pollMs: config.RETENTION_POLL_MS },
      topology: { aliasByDefault: config.QUEUE_ALIAS, deployedServices: new Set(config.DEPLOYED_SERVICES) },
    };
    return {
      module: IngestModule,
      controllers: [StoreBatchHandler, AnswerRequestsHandler],
      providers: [
        { provide: ingestSettings, useValue: settings },
        { provide: appLogger, useValue: logger },
        {
          provide: TopologyGate,
          inject: [Database, Catalogue],
          useFactory: (database: Database, catalogue: Catalogue) =>
            new TopologyGate(database, catalogue, settings.topology),
        },
        ...providers,
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.registerChecks();
    this.watch.start();
    this.relay.start();
    this.share.start();
    this.tasks.start(new RejoinReferencesTask(this.joiner, this.settings.rejoinEveryMs));
    this.tasks.start(new RequeueLossesTask(this.requeuer, this.settings.requeueEveryMs));
    this.tasks.start(new RemoveMarkedTask(this.database, this.settings.removeEveryMs, this.logger));
    this.tasks.start(this.retentionRuns());
  }

  /** The others may take over at once; the batches in hand are finished and acked, then published, then it is quiet. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.share.stop();
    await this.consumers.stop();
    await this.tasks.stop();
    await this.watch.stop();
    await this.relay.stop();
  }

  private retentionRuns(): RetentionRunsTask {
    const { database, catalogue, logger } = this;
    const { pollMs, intervalMs } = this.settings.retention;
    const retention = new ContactRetention(database, catalogue);
    return new RetentionRunsTask(database, catalogue, retention, logger, pollMs, intervalMs);
  }

  private registerChecks(): void {
    const { database, broker, catalogue } = this;
    registerSurroundings(this.health, { database, broker, catalogue });
    this.health.register(
      'partitions',
      () => (this.share.partitions.length > 0 ? { state: 'up' } : { state: 'degraded', detail: 'none held yet' }),
      { critical: false },
    );
  }
}
