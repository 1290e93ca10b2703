import { Module, type DynamicModule, type FactoryProvider, type OnApplicationBootstrap } from '@nestjs/common';
import { Metrics, type Logger } from '@groundswell/observability';
import {
  Catalogue,
  Database,
  LeaseRepository,
  OutboxRelay,
  OutboxRepository,
  TaskScheduler,
} from '@groundswell/persistence';
import { appLogger } from '@groundswell/service';
import { AskAgainTask } from './asking/ask-again.task';
import { hourlyRulesOf, type MttConfig } from './config';
import { MessageIntake } from './intake/message-intake';
import { SweepMessagesTask } from './intake/sweep-messages.task';
import { MttMetrics } from './mtt-metrics';
import { MttNewsHandler } from './news/mtt-news.handler';
import { CampaignGauges } from './observing/campaign-gauges';
import { ObserveCampaignsTask } from './observing/observe-campaigns.task';
import { OutcomeApplier } from './outcomes/outcome-applier';
import { CyclePlanner } from './pacing/cycle-planner';
import { HourPlanner } from './pacing/hour-planner';
import { MessageClaimer } from './pacing/message-claimer';
import { PlanCycleTask } from './pacing/plan-cycle.task';
import { PlanHourTask } from './pacing/plan-hour.task';
import { PlanningLeases } from './pacing/planning-leases';
import { TestMails } from './pacing/test-mails';
import { ForgetRepliesTask } from './replies/forget-replies.task';
import { ReplyIntake } from './replies/reply-intake';

/** How often it looks for mails nobody answered, ms; how long each waits is a setting. */
const askAgainEveryMs = 30_000;

const leases = new LeaseRepository('mtt');

/** Which message goes to which target and when, and what became of it. */
@Module({})
export class MttModule implements OnApplicationBootstrap {
  constructor(
    private readonly tasks: TaskScheduler,
    private readonly cycle: PlanCycleTask,
    private readonly hour: PlanHourTask,
    private readonly sweep: SweepMessagesTask,
    private readonly askAgain: AskAgainTask,
    private readonly observe: ObserveCampaignsTask,
    private readonly forgetReplies: ForgetRepliesTask,
  ) {}

  static forRoot(config: MttConfig): DynamicModule {
    return {
      module: MttModule,
      controllers: [MttNewsHandler],
      providers: [...workers(config), ...tasks(config)],
    };
  }

  onApplicationBootstrap(): void {
    const { cycle, hour, sweep, askAgain, observe, forgetReplies } = this;
    for (const task of [cycle, hour, sweep, askAgain, observe, forgetReplies]) this.tasks.start(task);
  }
}

const workers = (config: MttConfig): FactoryProvider[] => [
  {
    provide: MttMetrics,
    inject: [Metrics, Catalogue],
    useFactory: (metrics: Metrics, catalogue: Catalogue) =>
      new MttMetrics(metrics, (campaignId) => catalogue.campaigns.get(campaignId)?.name ?? ''),
  },
  { provide: MessageIntake, inject: [Database], useFactory: (database: Database) => new MessageIntake(database) },
  { provide: ReplyIntake, inject: [Database], useFactory: (database: Database) => new ReplyIntake(database) },
  {
    provide: OutcomeApplier,
    inject: [Database, MttMetrics],
    useFactory: (database: Database, metrics: MttMetrics) =>
      new OutcomeApplier(database, config.MTT_SOFT_BOUNCE_LIMIT, (ended) => metrics.ended(ended)),
  },
  {
    provide: PlanningLeases,
    inject: [Database],
    useFactory: (database: Database) => new PlanningLeases(database, leases, config.REPLICA_ID, config.MTT_LEASE_MS),
  },
  {
    provide: MessageClaimer,
    inject: [Database, OutboxRepository, OutboxRelay, MessageIntake, appLogger],
    useFactory: (...[database, outbox, relay, intake, logger]: Outgoing) =>
      new MessageClaimer(database, leases, outbox, relay, intake, logger),
  },
  {
    provide: TestMails,
    inject: [Database, OutboxRepository, OutboxRelay, MessageIntake, appLogger],
    useFactory: (...[database, outbox, relay, intake, logger]: Outgoing) =>
      new TestMails(database, leases, outbox, relay, intake, logger),
  },
];

const tasks = (config: MttConfig): FactoryProvider[] => [
  {
    provide: PlanCycleTask,
    inject: [Database, PlanningLeases, MessageClaimer, TestMails, MttMetrics, appLogger],
    useFactory: (...[database, held, claimer, tests, metrics, logger]: CycleParts) => {
      const planner = new CyclePlanner(database, claimer, config.MAX_MESSAGES_PER_CYCLE);
      const { MTT_CYCLE: cycleMs, MTT_TICK: tickMs = cycleMs } = config;
      return new PlanCycleTask(database, held, planner, tests, metrics, logger, tickMs, cycleMs);
    },
  },
  {
    provide: PlanHourTask,
    inject: [Database, PlanningLeases, MessageClaimer, MttMetrics, appLogger],
    useFactory: (...[database, held, claimer, metrics, logger]: HourParts) => {
      const planner = new HourPlanner(database, claimer, metrics, hourlyRulesOf(config));
      const { MTT_HOURLY_POLL_MS: everyMs, MTT_CYCLE: cycleMs } = config;
      return new PlanHourTask(database, held, planner, metrics, logger, everyMs, cycleMs);
    },
  },
  {
    provide: SweepMessagesTask,
    inject: [Database, MessageIntake, appLogger],
    useFactory: (database: Database, intake: MessageIntake, logger: Logger) =>
      new SweepMessagesTask(database, intake, logger, config.MTT_SWEEP_INTERVAL),
  },
  {
    provide: AskAgainTask,
    inject: [Database, OutboxRepository, OutboxRelay, MttMetrics, appLogger],
    useFactory: (...[database, outbox, relay, metrics, logger]: AskingParts) => {
      const settings = { firstWaitMs: config.MTT_ASK_AGAIN_MS, limit: config.MTT_ASK_LIMIT };
      const everyMs = Math.min(askAgainEveryMs, config.MTT_ASK_AGAIN_MS);
      return new AskAgainTask(database, outbox, relay, metrics, logger, everyMs, settings);
    },
  },
  {
    provide: ForgetRepliesTask,
    inject: [Database],
    useFactory: (database: Database) =>
      new ForgetRepliesTask(database, config.REPLY_FORGET_INTERVAL, config.REPLY_KEEP_DAYS),
  },
  {
    provide: ObserveCampaignsTask,
    inject: [Database, Metrics],
    useFactory: (database: Database, metrics: Metrics) =>
      new ObserveCampaignsTask(database, new CampaignGauges(metrics, config.MTT_CYCLE), config.MTT_OBSERVE_INTERVAL),
  },
];

type Outgoing = [Database, OutboxRepository, OutboxRelay, MessageIntake, Logger];
type CycleParts = [Database, PlanningLeases, MessageClaimer, TestMails, MttMetrics, Logger];
type HourParts = [Database, PlanningLeases, MessageClaimer, MttMetrics, Logger];
type AskingParts = [Database, OutboxRepository, OutboxRelay, MttMetrics, Logger];
