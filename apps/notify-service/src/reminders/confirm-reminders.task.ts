import type { Logger } from '@groundswell/observability';
import type { Catalogue, CatalogueOrg, Database, ScheduledTask } from '@groundswell/persistence';
import { isDatabaseFault } from '@groundswell/persistence';
import type { ReminderAsker } from './reminder-asker';
import type { ReminderMetrics } from './reminder-metrics';
import { ReminderRunRepository, type ReminderRun, type ReminderRunEnd } from './reminder-run.repository';

/** A dry run names that many. */
const listedAtMost = 1_000;

/**
 * Carries out the runs that were asked for, and asks for one of all orgs every interval. When the last one was is in the
 * table, so a restart neither delays nor repeats it. Twice is safe, side by side too: see ReminderAsker.
 */
export class ConfirmRemindersTask implements ScheduledTask {
  readonly id = 'confirm-reminders';

  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly asker: ReminderAsker,
    private readonly metrics: ReminderMetrics,
    private readonly logger: Logger,
    readonly everyMs: number,
    private readonly intervalMs: number,
  ) {}

  async run(): Promise<void> {
    const runs = await this.database.run(async (manager) => {
      const repository = new ReminderRunRepository(manager);
      await repository.planNext(this.intervalMs);
      return repository.open();
    });
    if (runs.length === 0) return;
    await this.catalogue.refresh();
    for (const run of runs) {
      const end = await (run.orgId === null ? this.remindAll() : this.remindOne(run, run.orgId));
      await this.database.run((manager) => new ReminderRunRepository(manager).finish(run.id, end));
      const { id: runId, isDry } = run;
      if (end.reminders > 0) this.logger.info({ runId, isDry, reminders: end.reminders }, 'reminders looked for');
    }
  }

  /** What is wrong with one org keeps no other from its reminders. */
  private async remindAll(): Promise<ReminderRunEnd> {
    let reminders = 0;
    const failed: number[] = [];
    for (const org of [...this.catalogue.orgs.rows.values()].sort((a, b) => a.id - b.id)) {
      const result = await this.attempt(org, () => this.asker.ask(org));
      if ('error' in result) failed.push(org.id);
      else reminders += result.value;
    }
    this.metrics.asked(reminders);
    return { reminders, listed: null, error: failed.length > 0 ? `failed for orgs ${failed.join(', ')}` : null };
  }

  private async remindOne({ isDry }: ReminderRun, orgId: number): Promise<ReminderRunEnd> {
    const org = this.catalogue.orgs.get(orgId);
    if (!org || org.deletedAt !== null) return { reminders: 0, listed: null, error: 'no such org' };
    if (isDry) return this.list(org);
    const result = await this.attempt(org, () => this.asker.ask(org));
    if ('error' in result) return { reminders: 0, listed: null, error: result.error };
    this.metrics.asked(result.value);
    return { reminders: result.value, listed: null, error: null };
  }

  private async list(org: CatalogueOrg): Promise<ReminderRunEnd> {
    const result = await this.attempt(org, () => this.asker.due(org, listedAtMost));
    if ('error' in result) return { reminders: 0, listed: null, error: result.error };
    const listed = result.value.map(({ actionId, number, insertedAt }) => ({
      actionId,
      number,
      insertedAt: insertedAt.toISOString(),
    }));
    return { reminders: listed.length, listed, error: null };
  }

  private async attempt<T>(org: CatalogueOrg, work: () => Promise<T>): Promise<{ value: T } | { error: string }> {
    try {
      return { value: await work() };
    } catch (error) {
      // Not this org's fault, and the next turn goes on with it.
      if (isDatabaseFault(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn({ orgId: org.id, reason }, 'reminders of an org failed');
      return { error: reason };
    }
  }
}
