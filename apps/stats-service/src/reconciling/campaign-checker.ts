import type { Logger } from '@groundswell/observability';
import type { Database } from '@groundswell/persistence';
import { RecountReadModel } from '../counting/recount.read-model';
import { inSnapshot } from '../counting/snapshot';
import { changeOf } from '../figures/figures-change';
import type { Figure } from '../figures/figure-sums';
import { FiguresRepository } from '../figures/figures.repository';
import { wentBack, type Numbers } from '../intake/delta-order';
import type { Intake } from '../intake/intake';
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

/** unsettled: deltas of what was counted did not come in time, or all was counted anew meanwhile. */
export type CheckOutcome = 'right' | 'drift' | 'unsettled';

interface Snapshot {
  counted: Figure[];
  stored: Figure[];
  given: Numbers;
  applied: Numbers;
  at: Date;
  tookMs: number;
}

const pollMs = 20;

/**
 * Counts one campaign from its actions and compares that with the figures kept. Nothing waits for it: deltas go on being
 * counted, and what differs is added to the figures as they are by then.
 */
export class CampaignChecker {
  constructor(
    private readonly parts: CheckerParts,
    private readonly settings: CheckSettings,
  ) {}

  async check(campaignId: number): Promise<CheckOutcome> {
    const { intake, metrics } = this.parts;
    const startedAt = performance.now();
    const since: NumberedDelta[] = [];
    const stopListening = await intake.listen(({ partition, number, campaigns }) => {
      const campaign = campaigns.find((candidate) => candidate.campaignId === campaignId);
      if (campaign) since.push({ partition, number, campaign });
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

  private async compare(campaignId: number, since: readonly NumberedDelta[]): Promise<CheckOutcome> {
    const { intake } = this.parts;
    const { generation } = intake;
    await intake.turns.run(() => intake.write((manager) => new CampaignCheckRepository(manager).noteTried(campaignId)));
    const snapshot = await this.look(campaignId);
    if (wentBack(snapshot.applied, snapshot.given)) {
      intake.isSetBack = true;
      return 'unsettled';
    }
    if (!(await this.isReached(snapshot))) return 'unsettled';
    return intake.turns.run(async () => {
      if (intake.generation !== generation) return 'unsettled';
      const drift = driftOf({ ...snapshot, since });
      await this.settle(campaignId, drift, snapshot);
      return drift.length > 0 ? 'drift' : 'right';
    });
  }

  private look(campaignId: number): Promise<Snapshot> {
    return inSnapshot(this.parts.counting, async (manager) => {
      await manager.query(`set local statement_timeout = ${this.settings.statementLimitMs}`);
      const [row]: { at: Date }[] = await manager.query('select now() as at');
      const { applied, given } = await new NumbersRepository(manager).read();
      const stored = await new FiguresRepository(manager).ofCampaigns([campaignId]);
      const startedAt = performance.now();
      const counted = await new RecountReadModel(manager).figuresOf([campaignId]);
      const tookMs = performance.now() - startedAt;
      return { counted, stored, given, applied, at: row?.at ?? new Date(), tookMs };
    });
  }

  /** True once every delta of what was counted is applied. */
  private async isReached({ given, applied }: Snapshot): Promise<boolean> {
    const { intake } = this.parts;
    const isReached = (): boolean =>
      [...given].every(([partition, number]) => {
        return Math.max(applied.get(partition) ?? 0, intake.numberOf(partition)) >= number;
      });
    for (const until = performance.now() + this.settings.settleMs; !isReached();) {
      if (performance.now() > until) return false;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    return true;
  }

  private async settle(campaignId: number, drift: readonly Figure[], { at, tookMs }: Snapshot): Promise<void> {
    const { intake, metrics, logger } = this.parts;
    const change = await intake.write(async (manager) => {
      const checks = new CampaignCheckRepository(manager);
      await checks.noteChecked(campaignId, at, tookMs);
      if (drift.length === 0) return null;
      const rows = new FiguresRepository(manager);
      const version = await rows.nextVersion();
      const corrected = await rows.add(drift);
      await rows.noteChanged([campaignId], version);
      await checks.noteDrift(campaignId, driftByField(drift));
      return changeOf(version, [campaignId], corrected, []);
    });
    if (!change) return;
    metrics.drift(sizeOf(drift));
    logger.error({ campaignId, drift: driftByField(drift) }, 'figures were wrong and are corrected');
    await intake.show(change);
  }
}
