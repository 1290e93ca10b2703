import {
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
  type Provider,
} from '@nestjs/common';
import { JobQueue, JobRunner } from '@groundswell/jobs';
import { ConsumerSupervisor } from '@groundswell/messaging';
import { HealthRegistry, Metrics, type Logger } from '@groundswell/observability';
import {
  Catalogue,
  Database,
  OutboxRelay,
  OutboxRepository,
  ReplicaRepository,
  TaskScheduler,
} from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import { EnrichmentRequests } from './enriching/enrichment-requests';
import { FollowUpAnswerers } from './follow-ups/follow-up-answerers';
import { ImportDesk } from './importing/import-desk';
import { ingestSettings, type IngestSettings } from './ingest-settings';
import { watchPartitions } from './partitions/partition-metrics';
import { PartitionShare } from './partitions/partition-share';
import { ReferenceJoiner } from './rejoining/reference-joiner';
import { RejoinReferencesTask } from './rejoining/rejoin-references.task';
import { ResolveReferenceHandler } from './rejoining/resolve-reference.handler';
import { ReferenceDesk } from './references/reference-desk';
import { RemoveMarkedTask } from './removal/remove-marked.task';
import { RemoveSentTestsTask } from './removal/remove-sent-tests.task';
import { ContactRetention } from './retention/contact-retention';
import { RetentionHandler } from './retention/retention.handler';
import { RetentionRunsTask } from './retention/retention-runs.task';
import { AnswerRequestsHandler } from './requests/answer-requests.handler';
import { answerersFor, requestAnswerers } from './requests/request-answerers';
import { ActionRequeuer } from './requeueing/action-requeuer';
import { LossRequeuer } from './requeueing/loss-requeuer';
import { RequeueLossesTask } from './requeueing/requeue-losses.task';
import { RequeuedLossRepository } from './requeueing/requeued-loss.repository';
import { StageRebuilder } from './requeueing/stage-rebuilder';
import { StoreBatchHandler } from './storing/store-batch.handler';

const providers: Provider[] = [
  {
    provide: PartitionShare,
    inject: [Database, ConsumerSupervisor, ingestSettings, appLogger],
    useFactory: (database: Database, consumers: ConsumerSupervisor, settings: IngestSettings, logger: Logger) =>
      new PartitionShare(database, new ReplicaRepository(), consumers, settings.replicaId, logger),
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
    provide: FollowUpAnswerers,
    inject: [OutboxRepository],
    useFactory: (outbox: OutboxRepository) => new FollowUpAnswerers(outbox),
  },
  {
    provide: requestAnswerers,
    inject: [ActionRequeuer, FollowUpAnswerers, EnrichmentRequests, ImportDesk, ReferenceDesk],
    useFactory: (
      requeuer: ActionRequeuer,
      followUps: FollowUpAnswerers,
      enrichments: EnrichmentRequests,
      imports: ImportDesk,
      references: ReferenceDesk,
    ) => answerersFor({ requeuer, followUps, enrichments, imports, references }),
  },
  ResolveReferenceHandler,
  {
    provide: RetentionHandler,
    inject: [Database, Catalogue, appLogger],
    useFactory: (database: Database, catalogue: Catalogue, logger: Logger) =>
      new RetentionHandler(database, catalogue, new ContactRetention(database, catalogue), logger),
  },
  {
    provide: RetentionRunsTask,
    inject: [Database, Catalogue, JobQueue, JobRunner, ingestSettings],
    useFactory: (
      database: Database,
      catalogue: Catalogue,
      queue: JobQueue,
      runner: JobRunner,
      { retention: { pollMs, intervalMs } }: IngestSettings,
    ) => new RetentionRunsTask(database, catalogue, { queue, runner }, pollMs, intervalMs),
  },
];

/** Stores submissions, publishes what follows from them, shares partitions, joins what crossed. */
@Module({})
export class IngestModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly share: PartitionShare,
    private readonly tasks: TaskScheduler,
    private readonly database: Database,
    private readonly joiner: ReferenceJoiner,
    private readonly requeuer: LossRequeuer,
    private readonly health: HealthRegistry,
    private readonly retentionRuns: RetentionRunsTask,
    private readonly metrics: Metrics,
    @Inject(ingestSettings) private readonly settings: IngestSettings,
    @Inject(appLogger) private readonly logger: Logger,
  ) {}

  static forRoot(settings: IngestSettings): DynamicModule {
    return {
      module: IngestModule,
      controllers: [StoreBatchHandler, AnswerRequestsHandler],
      providers: [{ provide: ingestSettings, useValue: settings }, ...providers],
    };
  }

  onApplicationBootstrap(): void {
    this.registerCheck();
    watchPartitions(this.metrics, this.share);
    this.share.start();
    this.tasks.start(new RejoinReferencesTask(this.joiner, this.settings.rejoinEveryMs));
    this.tasks.start(new RequeueLossesTask(this.requeuer, this.settings.requeueEveryMs));
    this.tasks.start(new RemoveMarkedTask(this.database, this.settings.removeEveryMs, this.logger));
    this.tasks.start(new RemoveSentTestsTask(this.database, this.settings.removeTestsEveryMs, this.logger));
    this.tasks.start(this.retentionRuns);
  }

  /** The others may take over at once; what is in hand here is finished after that. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.share.stop();
  }

  private registerCheck(): void {
    this.health.register(
      'partitions',
      () => (this.share.partitions.length > 0 ? { state: 'up' } : { state: 'degraded', detail: 'none held yet' }),
      { critical: false },
    );
  }
}
