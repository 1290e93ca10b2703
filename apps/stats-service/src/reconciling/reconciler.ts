import type { EntityManager } from 'typeorm';
import type { Logger } from '@groundswell/observability';
import type { Database } from '@groundswell/persistence';
import type { Intake } from '../intake/intake';
import { NotLeadingError } from '../leading/not-leading.error';
import type { CampaignChecker, CheckOutcome } from './campaign-checker';
import { CampaignCheckRepository } from './campaign-check.repository';
import { RecountRunRepository, type RecountRun } from './recount-run.repository';

export interface ReconcilerSettings {
  /** SYNC_INTERVAL, ms; 0: never but on demand. */
  intervalMs: number;
  retryMs: number;
}

/** How often what did not settle is tried in a run that a person waits for. */
const triesInRun = 3;

/**
 * Checks campaigns one at a time while this replica leads: those that changed every interval, each of them in 24 h, and what a
 * person asked for (processing.md §9.2). A failure ends the round; another begins later.
 */
export class Reconciler {
  private working: Promise<void> | null = null;
  private nextAt: number;
  private isStopped = false;

  constructor(
    private readonly database: Database,
    private readonly intake: Intake,
    private readonly checker: CampaignChecker,
    private readonly settings: ReconcilerSettings,
    private readonly logger: Logger,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.nextAt = settings.intervalMs === 0 ? Infinity : this.now() + 3 * settings.intervalMs;
  }

  /** Called every so often while this replica leads; returns at once. */
  tend(): void {
    if (this.isStopped) return;
    this.working ??= this.round().finally(() => (this.working = null));
  }

  /** The check in hand comes to nothing. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.checker.cut();
    await this.working;
  }

  private async round(): Promise<void> {
    const { intervalMs, retryMs } = this.settings;
    try {
      const run = await this.database.run((manager) => new RecountRunRepository(manager).next());
      if (run) await this.carryOut(run);
      if (this.now() < this.nextAt) return;
      await this.checkDue();
      this.nextAt = this.now() + intervalMs;
    } catch (err) {
      if (this.settings.intervalMs > 0) this.nextAt = this.now() + Math.min(retryMs, intervalMs);
      if (!this.isStopped) this.logger.warn({ err }, 'figures not checked');
    }
  }

  private async checkDue(): Promise<void> {
    const ids = await this.database.run(async (manager) => {
      const checks = new CampaignCheckRepository(manager);
      await checks.addUnknown();
      return checks.due(this.settings);
    });
    for (const id of ids) {
      if (this.isStopped) return;
      await this.checkOne(id);
    }
  }

  /** A campaign that cannot be counted must not keep the others from it. */
  private async checkOne(campaignId: number): Promise<CheckOutcome | 'failed'> {
    const startedAt = this.now();
    try {
      return await this.checker.check(campaignId);
    } catch (err) {
      // Another replica goes on with them.
      if (err instanceof NotLeadingError || this.isStopped) throw err;
      const tookMs = this.now() - startedAt;
      await this.write((manager) => new CampaignCheckRepository(manager).noteFailed(campaignId, tookMs));
      this.logger.warn({ err, campaignId }, 'figures of a campaign not checked');
      return 'failed';
    }
  }

  private async carryOut({ id, campaignId }: RecountRun): Promise<void> {
    const ids = await this.write(async (manager) => {
      const checks = new CampaignCheckRepository(manager);
      await new RecountRunRepository(manager).noteStarted(id);
      await checks.addUnknown();
      return campaignId === null ? checks.all() : [campaignId];
    });
    const failed: number[] = [];
    let drifted = 0;
    for (const campaign of ids) {
      if (this.isStopped) return;
      const outcome = await this.checkAgain(campaign);
      if (outcome === 'drift') drifted += 1;
      else if (outcome !== 'right') failed.push(campaign);
    }
    const error = failed.length > 0 ? `not checked: campaigns ${failed.slice(0, 20).join(', ')}` : null;
    await this.write((manager) => new RecountRunRepository(manager).noteFinished(id, ids.length, drifted, error));
    this.logger.info({ run: id, campaigns: ids.length, drifted, failed: failed.length }, 'figures checked on demand');
  }

  /** Whoever was overtaken must not end what its successor works at. */
  private write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.intake.turns.run(() => this.intake.write(work));
  }

  private async checkAgain(campaignId: number): Promise<CheckOutcome | 'failed'> {
    let outcome = await this.checkOne(campaignId);
    for (let tries = 1; outcome === 'unsettled' && tries < triesInRun; tries += 1) {
      outcome = await this.checkOne(campaignId);
    }
    return outcome;
  }
}
