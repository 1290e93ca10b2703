import { factQueue } from '@groundswell/contracts';
import type { ConsumerSupervisor } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import type { Database } from '@groundswell/persistence';
import type { FullCount, FullCountReason } from './counting/full-count';
import { FiguresRepository } from './figures/figures.repository';
import type { Intake } from './intake/intake';
import { NumbersRepository } from './intake/numbers.repository';
import type { Leader } from './leading/leader';
import type { RedisMirror } from './mirroring/redis-mirror';
import type { Reconciler } from './reconciling/reconciler';
import type { StatsMetrics } from './stats-metrics';

export interface StatsLoopSettings {
  pollMs: number;
  /** How long a delta may be missing until all is counted anew, ms. */
  gapMs: number;
}

export interface StatsLoopParts {
  database: Database;
  consumers: ConsumerSupervisor;
  leader: Leader;
  intake: Intake;
  fullCount: FullCount;
  reconciler: Reconciler;
  /** Null without Redis. */
  mirror: RedisMirror | null;
  metrics: StatsMetrics;
  logger: Logger;
}

/** After a count that took long the next one for missing deltas waits this many times as long, but no longer than that. */
const restFactor = 10;
const longestRestMs = 300_000;
const deltas = 'deltas';

/** What the leader does beside counting deltas: the first count, what is missing, Redis, checks. A standby only waits. */
export class StatsLoop {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isStopped = false;
  private isConsuming = false;
  private isCounted = false;
  private fault: string | null = null;

  constructor(
    private readonly parts: StatsLoopParts,
    private readonly settings: StatsLoopSettings,
  ) {}

  start(): void {
    this.parts.leader.start();
    this.plan();
  }

  /** The batch in hand is counted and acked, the check in hand comes to its end; then the next replica may start. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.running;
    await this.consume(false);
    await this.parts.reconciler.stop();
    await this.parts.leader.stop();
  }

  private plan(): void {
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      this.running = this.turnSafely();
      void this.running.then(() => this.plan());
    }, this.settings.pollMs);
  }

  private async turnSafely(): Promise<void> {
    try {
      await this.turn();
      this.fault = null;
    } catch (err) {
      const reason = err instanceof Error ? err.message : String(err);
      if (reason !== this.fault) this.parts.logger.warn({ err }, 'figures not tended');
      this.fault = reason;
    }
  }

  private async turn(): Promise<void> {
    const { leader, metrics, mirror, reconciler } = this.parts;
    metrics.leading(leader.isLeading);
    if (!leader.isLeading) {
      this.isCounted = false;
      return this.consume(false);
    }
    const reason = await this.reasonToCount();
    if (reason) {
      metrics.fullCount(reason);
      await this.parts.fullCount.run(reason);
    }
    this.isCounted = true;
    await this.consume(true);
    await mirror?.tend();
    reconciler.tend();
  }

  private async reasonToCount(): Promise<FullCountReason | null> {
    const { database, intake, fullCount, metrics } = this.parts;
    if (intake.isSetBack) return 'set back';
    const { isCounted, waitMs } = await database.run(async (manager) => ({
      isCounted: this.isCounted || (await new FiguresRepository(manager).state()).isCounted,
      waitMs: await new NumbersRepository(manager).longestWaitMs(),
    }));
    metrics.waitingFor(waitMs);
    if (!isCounted) return 'first';
    const patienceMs = Math.max(this.settings.gapMs, Math.min(restFactor * fullCount.tookMs, longestRestMs));
    return waitMs !== null && waitMs > patienceMs ? 'gap' : null;
  }

  private async consume(isWanted: boolean): Promise<void> {
    const { consumers } = this.parts;
    // The transport brings them after the modules have started.
    if (isWanted === this.isConsuming || !consumers.states().some(({ id }) => id === deltas)) return;
    await consumers.setQueues(deltas, isWanted ? [factQueue('stats-service')] : []);
    this.isConsuming = isWanted;
  }
}
