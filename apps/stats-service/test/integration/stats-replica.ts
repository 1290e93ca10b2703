import { createLogger, Metrics } from '@groundswell/observability';
import { Database, DatabaseAwayError } from '@groundswell/persistence';
import { waitFor } from '@groundswell/testing';
import { FullCount } from '../../src/counting/full-count';
import { Intake } from '../../src/intake/intake';
import { Leader } from '../../src/leading/leader';
import { CampaignChecker } from '../../src/reconciling/campaign-checker';
import { StatsMetrics } from '../../src/stats-metrics';

const logger = createLogger({ service: 'stats-service', level: 'silent' });
const commitDelayMs = 150;

/** A database whose answer to a commit may be lost on the way. */
class LossyDatabase extends Database {
  private isLosing = false;

  /** The next transaction commits after it is given up, as where the network fails at the wrong moment. */
  loseNext(): void {
    this.isLosing = true;
  }

  override async transaction<T>(work: Parameters<Database['transaction']>[0]): Promise<T> {
    if (!this.isLosing) return (await super.transaction(work)) as T;
    this.isLosing = false;
    await new Promise<void>((resolve, reject) => {
      const commit = async (manager: Parameters<typeof work>[0]) => {
        await work(manager);
        setTimeout(resolve, commitDelayMs / 3);
        await new Promise((later) => setTimeout(later, commitDelayMs));
      };
      super.transaction(commit).catch(reject);
    });
    throw new DatabaseAwayError('connection lost');
  }
}

/** A database for counting, where something may happen between what is read and what is made of it. */
class WatchedDatabase extends Database {
  afterNext: (() => Promise<unknown>) | null = null;

  override async run<T>(work: Parameters<Database['run']>[0], limitMs?: number): Promise<T> {
    const result = (await super.run(work, limitMs)) as T;
    const { afterNext } = this;
    this.afterNext = null;
    await afterNext?.();
    return result;
  }
}

/** What counts in one process of stats-service, without its broker and its clock. */
export class StatsReplica {
  readonly database: LossyDatabase;
  readonly counting: WatchedDatabase;
  readonly leader: Leader;
  readonly intake: Intake;
  readonly fullCount: FullCount;
  readonly checker: CampaignChecker;

  private constructor(url: string, holder: string) {
    const settings = { url, applicationName: 'stats-service', poolSize: 3 };
    this.database = new LossyDatabase(settings, logger);
    this.counting = new WatchedDatabase({ ...settings, poolSize: 1 }, logger);
    const { database, counting } = this;
    this.leader = new Leader(database, { holder, leaseMs: 9_000 });
    this.intake = new Intake({ database, leader: this.leader, outlets: [], logger });
    const { intake } = this;
    const ignore = () => undefined;
    this.fullCount = new FullCount(
      { counting, intake, logger, onStored: ignore, onCounted: ignore },
      { limitMs: 10_000, settleMs: 2_000 },
    );
    const metrics = new StatsMetrics(new Metrics('stats-service', { withProcessMetrics: false }));
    this.checker = new CampaignChecker(
      { counting, intake, metrics, logger },
      { statementLimitMs: 10_000, settleMs: 2_000 },
    );
  }

  static async start(url: string, holder: string): Promise<StatsReplica> {
    const replica = new StatsReplica(url, holder);
    await Promise.all([replica.database.connect(30_000), replica.counting.connect(30_000)]);
    replica.leader.start();
    return replica;
  }

  leads(): Promise<unknown> {
    return waitFor(async () => this.leader.isLeading);
  }

  async stop(): Promise<void> {
    await this.leader.stop();
    await Promise.all([this.database.close(), this.counting.close()]);
  }
}
