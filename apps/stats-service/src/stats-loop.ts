import { factQueue } from '@groundswell/contracts';
import type { ConsumerSupervisor } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import type { Database } from '@groundswell/persistence';
import type { FullCount, FullCountReason } from './counting/full-count';
import { FiguresRepository } from './figures/figures.repository';
import type { Numbers } from './intake/delta-order';
import type { Intake } from './intake/intake';
import { NumbersRepository } from './intake/numbers.repository';
import { Standstill } from './intake/standstill';
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

/** After a count that took long the next one waits this many times as long, but no longer than that. */
const restFactor = 10;
const longestRestMs = 300_000;
/** A delta that none came after is not missed as soon as one that others wait for. */
const standstillFactor = 3;
const deltas = 'deltas';

/** What the leader does beside counting deltas: the first count, what is missing, Redis, checks. A standby only waits. */
export class StatsLoop {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private counting: Promise<void> | null = null;
  private readonly standstill = new Standstill();
  private isStopped = false;
  private isConsuming = false;
  /** Since when deltas really come, ms; null while they do not. */
  private readingSince: number | null = null;
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

  /** The batch in hand is counted and acked, what is counted anew is given up; then the next replica may start. */
  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    await this.running;
    this.parts.fullCount.cut();
    await this.consume(false);
    await this.counting;
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
      if (!this.counting) this.fault = null;
    } catch (err) {
      this.note(err);
    }
  }

  private note(err: unknown): void {
    const reason = err instanceof Error ? err.message : String(err);
    if (reason !== this.fault && !this.isStopped) this.parts.logger.warn({ err }, 'figures not tended');
    this.fault = reason;
  }

  private async turn(): Promise<void> {
    const { leader, metrics, mirror, reconciler, fullCount } = this.parts;
    metrics.leading(leader.isLeading);
    if (!leader.isLeading) {
      this.isCounted = false;
      fullCount.cut();
      return this.consume(false);
    }
    await this.consume(true);
    this.noteReading();
    const reason = await this.reasonToCount();
    // Until all was counted once, gateways count by themselves, and Redis has nothing for them.
    if (this.isCounted) await mirror?.tend();
    if (this.counting) return;
    if (reason) this.counting = this.countAnew(reason).finally(() => (this.counting = null));
    else reconciler.tend();
  }

  /** Beside all the rest: it may take long. */
  private async countAnew(reason: FullCountReason): Promise<void> {
    const { metrics, fullCount } = this.parts;
    metrics.fullCount(reason);
    try {
      await fullCount.run(reason);
      this.standstill.forget();
    } catch (err) {
      this.note(err);
    }
  }

  private async reasonToCount(): Promise<FullCountReason | null> {
    const { database, intake, metrics } = this.parts;
    const { state, waitMs, numbers } = await database.run(async (manager) => ({
      state: await new FiguresRepository(manager).state(),
      waitMs: await new NumbersRepository(manager).longestWaitMs(),
      numbers: await new NumbersRepository(manager).read(),
    }));
    this.isCounted = state.isCounted;
    metrics.waitingFor(waitMs);
    // Before deltas come, those of actions counted now would be missed.
    if (!this.isConsuming) return null;
    if (!state.isCounted) return 'first';
    if (intake.isSetBack) return 'set back';
    return this.isMissing(waitMs ?? 0, numbers) ? 'gap' : null;
  }

  /** Only what has been missing while deltas came is missing. */
  private isMissing(waitMs: number, numbers: { applied: Numbers; given: Numbers }): boolean {
    const now = performance.now();
    if (this.readingSince === null) return false;
    const restMs = Math.min(restFactor * this.parts.fullCount.tookMs, longestRestMs);
    const { gapMs } = this.settings;
    if (Math.min(waitMs, now - this.readingSince) > Math.max(gapMs, restMs)) return true;
    return this.standstill.longestMs(numbers, now) > Math.max(standstillFactor * gapMs, restMs);
  }

  private noteReading(): void {
    const state = this.parts.consumers.states().find(({ id }) => id === deltas);
    const isReading = state?.phase === 'running' && state.queues.some((queue) => queue.state === 'consuming');
    if (!isReading) {
      this.readingSince = null;
      this.standstill.forget();
    } else this.readingSince ??= performance.now();
  }

  private async consume(isWanted: boolean): Promise<void> {
    const { consumers } = this.parts;
    if (!isWanted) {
      this.readingSince = null;
      this.standstill.forget();
    }
    // The transport brings them after the modules have started.
    if (isWanted === this.isConsuming || !consumers.states().some(({ id }) => id === deltas)) return;
    await consumers.setQueues(deltas, isWanted ? [factQueue('stats-service')] : []);
    this.isConsuming = isWanted;
  }
}
