import type { Logger } from '@groundswell/observability';
import { isDatabaseFault, type Catalogue, type Database, type ScheduledTask } from '@groundswell/persistence';
import type { ContactRetention } from './contact-retention';
import { scheduledRetention } from './retention-rule';
import { RetentionRunRepository, type RetentionRun } from './retention-run.repository';

/** Pages of all runs together in one turn: a stop waits no longer than that. */
const pagesPerTurn = 20;

/** Carries out the clean-ups that were asked for, and asks for those orgs have scheduled. Twice is safe: see ContactRetention. */
export class RetentionRunsTask implements ScheduledTask {
  readonly id = 'retention-runs';

  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly retention: ContactRetention,
    private readonly logger: Logger,
    readonly everyMs: number,
    private readonly intervalMs: number,
  ) {}

  async run(): Promise<void> {
    await this.catalogue.refresh();
    const runs = await this.database.run(async (manager) => {
      const repository = new RetentionRunRepository(manager);
      await repository.planNext(this.scheduled(), this.intervalMs);
      return repository.open();
    });
    for (const run of runs) await this.carryOn(run, Math.max(1, Math.floor(pagesPerTurn / runs.length)));
  }

  private scheduled() {
    return [...this.catalogue.orgs.rows.values()].flatMap(({ id, deletedAt, config }) => {
      const rule = deletedAt === null ? scheduledRetention(config) : null;
      return rule ? [{ orgId: id, ...rule }] : [];
    });
  }

  /** What is wrong with one run keeps no other from going on. */
  private async carryOn(run: RetentionRun, pages: number): Promise<void> {
    const { id: runId, orgId, isDry } = run;
    try {
      const isFinished = await this.retention.carryOn(run, pages);
      if (isFinished) this.logger.info({ runId, orgId, isDry }, 'retention finished');
    } catch (error) {
      if (isDatabaseFault(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.error({ runId, orgId, reason }, 'retention failed');
      await this.database.run((manager) => new RetentionRunRepository(manager).finish(runId, reason));
    }
  }
}
