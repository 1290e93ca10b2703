import {
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { statsKeysOf } from '@groundswell/contracts';
import { ConsumerSupervisor, Publisher } from '@groundswell/messaging';
import { Metrics, watchRedis, type Logger } from '@groundswell/observability';
import {
  Catalogue,
  Database,
  prometheusDatabase,
  StatementClock,
  TaskScheduler,
  watchDatabase,
} from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import { StatsAnnouncer } from './announcing/stats-announcer';
import { syncIntervalOf, type StatsConfig } from './config';
import { FullCount } from './counting/full-count';
import { DeltasHandler } from './intake/deltas.handler';
import { Intake } from './intake/intake';
import { Leader } from './leading/leader';
import { MirroredRedis } from './mirroring/mirrored-redis';
import { RedisMirror } from './mirroring/redis-mirror';
import { CampaignChecker } from './reconciling/campaign-checker';
import { Reconciler } from './reconciling/reconciler';
import { CampaignFigures } from './showing/campaign-figures';
import { ShowCampaignsTask } from './showing/show-campaigns.task';
import { StatsLoop } from './stats-loop';
import { StatsMetrics } from './stats-metrics';

/** Pause after a round of checks that failed, and until a campaign whose check came to nothing is tried again. */
const retryMs = 30_000;
/** How long a check, and the first count at its end, waits for the deltas of what it counted. */
const settleMs = 10_000;
/** How often the supporters of live campaigns are looked up for the metrics. */
const showEveryMs = 60_000;
/** A statement's own limit comes first. */
const cutAfterMs = 5_000;

interface Surroundings {
  database: Database;
  publisher: Publisher;
  consumers: ConsumerSupervisor;
  metrics: Metrics;
  logger: Logger;
}

/** Everything of this service, put together; what is counted by whom is in docs/adr/0010. */
class Stats {
  readonly loop: StatsLoop;
  readonly intake: Intake;
  private readonly counting: Database;
  private readonly redis: MirroredRedis | null;
  private readonly announcer: StatsAnnouncer;

  constructor(config: StatsConfig, { database, publisher, consumers, metrics: all, logger }: Surroundings) {
    const metrics = new StatsMetrics(all);
    const leader = new Leader(database, { holder: config.REPLICA_ID, leaseMs: config.LEADER_LEASE_MS });
    this.counting = new Database(
      {
        url: config.DATABASE_URL,
        applicationName: 'stats-service-count',
        poolSize: 2,
        statementTimeoutMs: config.COUNT_LIMIT_MS,
      },
      logger,
      new StatementClock(prometheusDatabase(all), logger, config.COUNT_LIMIT_MS),
    );
    watchDatabase(all, this.counting, 'count');
    this.redis = config.REDIS_URL ? new MirroredRedis(config.REDIS_URL, keysOf(config.DATABASE_URL)) : null;
    const { redis } = this;
    if (redis) watchRedis(all, 'counters', () => redis.isReady);
    const mirror =
      this.redis && new RedisMirror({ redis: this.redis, database, leader, logger, onLoaded: () => metrics.loaded() });
    this.announcer = new StatsAnnouncer(publisher, config.REPLICA_ID);
    const outlets = mirror ? [mirror, this.announcer] : [this.announcer];
    this.intake = new Intake({ database, leader, outlets, logger });
    const { counting, intake } = this;
    const fullCount = new FullCount(
      {
        counting,
        intake,
        logger,
        onStored: () => mirror?.forget(),
        onCounted: (campaignIds) => this.announcer.note(campaignIds),
      },
      { limitMs: config.COUNT_LIMIT_MS + cutAfterMs, settleMs },
    );
    const checker = new CampaignChecker(
      { counting, intake, metrics, logger },
      { statementLimitMs: config.CHECK_LIMIT_MS, settleMs },
    );
    const reconciler = new Reconciler(
      database,
      intake,
      checker,
      { intervalMs: syncIntervalOf(config), retryMs },
      logger,
    );
    this.loop = new StatsLoop(
      { database, consumers, leader, intake, fullCount, reconciler, mirror, metrics, logger },
      { pollMs: config.POLL_MS, gapMs: config.GAP_WAIT_MS },
    );
  }

  async start(): Promise<void> {
    await this.counting.connect(0);
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  async close(): Promise<void> {
    this.announcer.stop();
    this.redis?.close();
    await this.counting.close();
  }
}

/** Counting, and what is shown of it. */
@Module({})
export class StatsModule implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly stats: Stats,
    private readonly tasks: TaskScheduler,
    private readonly showing: ShowCampaignsTask,
  ) {}

  static forRoot(config: StatsConfig): DynamicModule {
    return {
      module: StatsModule,
      controllers: [DeltasHandler],
      providers: [
        {
          provide: Stats,
          inject: [Database, Publisher, ConsumerSupervisor, Metrics, appLogger],
          useFactory: (...[database, publisher, consumers, metrics, logger]: StatsParts) =>
            new Stats(config, { database, publisher, consumers, metrics, logger }),
        },
        {
          provide: ShowCampaignsTask,
          inject: [Database, Catalogue, Metrics],
          useFactory: (database: Database, catalogue: Catalogue, metrics: Metrics) =>
            new ShowCampaignsTask(database, catalogue, new CampaignFigures(metrics), showEveryMs),
        },
        { provide: Intake, inject: [Stats], useFactory: (stats: Stats) => stats.intake },
      ],
    };
  }

  onApplicationBootstrap(): Promise<void> {
    this.tasks.start(this.showing);
    return this.stats.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.stats.stop();
  }

  onApplicationShutdown(): Promise<void> {
    return this.stats.close();
  }
}

type StatsParts = [Database, Publisher, ConsumerSupervisor, Metrics, Logger];

const keysOf = (databaseUrl: string) => statsKeysOf(decodeURIComponent(new URL(databaseUrl).pathname.slice(1)));
