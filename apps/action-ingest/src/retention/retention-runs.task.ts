import type { JobQueue, JobRunner } from '@groundswell/jobs';
import type { Catalogue, Database, ScheduledTask } from '@groundswell/persistence';
import { scheduledRetention } from './retention-rule';
import { RetentionRunRepository } from './retention-run.repository';
import { retentionJob } from './retention.job-type';

/** Asks for the clean-ups orgs have scheduled, and has each one that was asked for carried out by one job. Twice is safe. */
export class RetentionRunsTask implements ScheduledTask {
  readonly id = 'retention-runs';

  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly jobs: { queue: JobQueue; runner: JobRunner },
    readonly everyMs: number,
    private readonly intervalMs: number,
  ) {}

  async run(): Promise<void> {
    await this.catalogue.refresh();
    const added = await this.database.transaction(async (manager) => {
      const runs = new RetentionRunRepository(manager);
      await runs.endCanceled();
      await runs.planNext(this.scheduled(), this.intervalMs);
      const orders = (await runs.withoutJob()).map(({ id, orgId, askedBy }) => ({
        ...{ payload: { runId: id }, key: String(id), orgId, createdBy: askedBy },
      }));
      return orders.length > 0 ? this.jobs.queue.addAll(manager, retentionJob, orders) : [];
    });
    if (added.length > 0) this.jobs.runner.wake();
  }

  private scheduled() {
    return [...this.catalogue.orgs.rows.values()].flatMap(({ id, deletedAt, config }) => {
      const rule = deletedAt === null ? scheduledRetention(config) : null;
      return rule ? [{ orgId: id, ...rule }] : [];
    });
  }
}
