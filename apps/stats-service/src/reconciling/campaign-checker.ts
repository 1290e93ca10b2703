import type { EntityManager } from 'typeorm';
import type { Logger } from '@groundswell/observability';
import type { Database } from '@groundswell/persistence';
import { RecountReadModel } from '../counting/recount.read-model';
import { inSnapshot } from '../counting/snapshot';
import { changeOf } from '../figures/figures-change';
import type { Figure } from '../figures/figure-sums';
import { FiguresRepository } from '../figures/figures.repository';
import { wentBack, type Numbers } from '../intake/delta-order';
import { HeardNumbers } from '../intake/heard-numbers';
import type { Intake } from '../intake/intake';
import { MissedDeltasError } from '../intake/missed-deltas.error';
import { NumbersRepository } from '../intake/numbers.repository';
import type { StatsMetrics } from '../stats-metrics';
import { CampaignCheckRepository } from './campaign-check.repository';
import { driftByField, driftOf, sizeOf, type NumberedDelta } from './drift';

export interface CheckSettings {
  /** Longest a campaign may take to be counted, ms. */
  statementLimitMs: number;
  /** How long to wait for the deltas of what was counted, ms. */
  settleMs: number;
}

export interface CheckerParts {
  /** Of connections whose statements may take long. */
  counting: Database;
  intake: Intake;
  metrics: StatsMetrics;
  logger: Logger;
}

/** unsettled: deltas of what was counted did not come in time or were not heard of, or all was counted anew meanwhile. */
export type CheckOutcome = 'right' | 'drift' | 'unsettled';

interface Snapshot {
  counted: Figure[];
  stored: Figure[];
  given: Numbers;
  applied: Numbers;
  at: Date;
  tookMs: number;
}

/** What was counted since the check began. */
interface Since {
  /** Of the campaign. */
  deltas: NumberedDelta[];
  /** Of all. */
  heard: HeardNumbers;
}

/** A statement's own limit comes first. */
const cutAfterMs = 5_000;

/**
 * Counts one campaign from its actions and compares that with the figures kept. Nothing waits for it: deltas go on being
 * counted, and what differs is added to the figures as they are by then.
 */
export class CampaignChecker {
  private readonly cutting = new AbortController();

  constructor(
    private readonly parts: CheckerParts,
    private readonly settings: CheckSettings,
  ) {}

  /** Ends the check in hand without a result, for good. */
  cut(): void {
    this.cutting.abort();
  }

  async check(campaignId: number): Promise<CheckOutcome> {
    const { intake, metrics } = this.parts;
    const startedAt = performance.now();
    const since: Since = { deltas: [], heard: new HeardNumbers() };
    const stopListening = await intake.listen(({ partition, number, campaigns }) => {
      since.heard.note({ partition, number });
      const campaign = campaigns.find((candidate) => candidate.campaignId === campaignId);
      if (campaign) since.deltas.push({ partition, number, campaign });
    });
    const seconds = () => (performance.now() - startedAt) / 1_000;
    try {
      const outcome = await this.compare(campaignId, since);
      metrics.checked(outcome, seconds());
      return outcome;
    } catch (error) {
      metrics.checked('failed', seconds());
      throw error;
    } finally {
      stopListening();
    }
  }

  private async compare(campaignId: number, since: Since): Promise<CheckOutcome> {
    const { intake } = this.parts;
    const { generation, term } = intake;
    const noteTried = (manager: EntityManager) => new CampaignCheckRepository(manager).noteTried(campaignId);
    await intake.turns.run(() => intake.write(noteTried, term));
    const snapshot = await this.look(campaignId);
    if (wentBack(snapshot.applied, snapshot.given)) {
      intake.isSetBack = true;
      return 'unsettled';
    }
    if (!(await this.isReached(snapshot))) return 'unsettled';
    return intake.turns.run(async () => {
      if (intake.generation !== generation) return 'unsettled';
      const drift = driftOf({ ...snapshot, since: since.deltas });
      const isAllHeard = (now: Numbers) => since.heard.areAll(snapshot.applied, now);
      try {
        await this.settle(campaignId, drift, snapshot, { isAllHeard, term });
      } catch (error) {
        if (error instanceof MissedDeltasError) return 'unsettled';
        throw error;
      }
      return drift.length > 0 ? 'drift' : 'right';
    });
  }

  private look(campaignId: number): Promise<Snapshot> {
    const limits = { limitMs: this.settings.statementLimitMs + cutAfterMs, signal: this.cutting.signal };
    const work = async (manager: EntityManager): Promise<Snapshot> => {
      await manager.query(`set local statement_timeout = ${this.settings.statementLimitMs}`);
      const [row]: { at: Date }[] = await manager.query('select now() as at');
      const { applied, given } = await new NumbersRepository(manager).read();
      const stored = await new FiguresRepository(manager).ofCampaigns([campaignId]);
      const startedAt = performance.now();
      const counted = await new RecountReadModel(manager).figuresOf([campaignId]);
      const tookMs = performance.now() - startedAt;
      return { counted, stored, given, applied, at: row?.at ?? new Date(), tookMs };
    };
    return inSnapshot(this.parts.counting, work, limits);
  }

  /** True once every delta of what was counted is applied. */
  private isReached({ given, applied }: Snapshot): Promise<boolean> {
    const coming = new Map([...given].filter(([partition, number]) => number > (applied.get(partition) ?? 0)));
    return this.parts.intake.reaches(coming, this.settings.settleMs, this.cutting.signal);
  }

  private async settle(
    campaignId: number,
    drift: readonly Figure[],
    { at, tookMs }: Snapshot,
    { isAllHeard, term }: { isAllHeard(now: Numbers): boolean; term: number | null },
  ): Promise<void> {
    const { intake, metrics, logger } = this.parts;
    const change = await intake.write(async (manager) => {
      if (!isAllHeard((await new NumbersRepository(manager).read()).applied)) throw new MissedDeltasError();
      const checks = new CampaignCheckRepository(manager);
      await checks.noteChecked(campaignId, at, tookMs);
      if (drift.length === 0) return null;
      const rows = new FiguresRepository(manager);
      const version = await rows.nextVersion();
      const corrected = await rows.add(drift);
      await rows.noteChanged([campaignId], version);
      await checks.noteDrift(campaignId, driftByField(drift));
      return changeOf(version, [campaignId], corrected, []);
    }, term);
    if (!change) return;
    metrics.drift(sizeOf(drift));
    logger.error({ campaignId, drift: driftByField(drift) }, 'figures were wrong and are corrected');
    await intake.show(change);
  }
}
