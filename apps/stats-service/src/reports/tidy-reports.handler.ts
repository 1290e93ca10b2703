import { nothingToDo, RunsJob, type JobControl, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import type { ObjectStore } from '@groundswell/object-store';
import { tidyReportsJob } from './report-jobs';
import { TidyReportsRepository } from './tidy-reports.repository';

/** Rows removed in one step. */
const rowsAtOnce = 500;
const prefix = 'reports/';

/**
 * Removes reports past their time and what erasing a person withdraws, then every file that no report has: also those a killed
 * process left behind. Twice is safe: what is gone is not found again.
 */
@RunsJob(tidyReportsJob)
export class TidyReportsHandler implements JobHandler<object, never> {
  constructor(
    private readonly control: JobControl,
    private readonly store: ObjectStore | null,
  ) {}

  async run(
    job: JobRunOf<typeof tidyReportsJob>,
  ): Promise<{ withdrawn: number; expired: number; files: number } | typeof nothingToDo> {
    const withdrawn = await job.step((manager) => new TidyReportsRepository(manager).withdrawErased());
    for (const key of withdrawn) await this.store?.remove(key);
    const expired = await this.removeExpired(job);
    const files = await this.removeOrphans(job);
    const isIdle = withdrawn.length + expired + files === 0;
    return isIdle ? nothingToDo : { withdrawn: withdrawn.length, expired, files };
  }

  private async removeExpired(job: JobRunOf<typeof tidyReportsJob>): Promise<number> {
    for (let expired = 0; ;) {
      const gone = await job.step(async (manager) => {
        const rows = await new TidyReportsRepository(manager).removeExpired(rowsAtOnce);
        // One that failed would wait for a person for ever.
        for (const { jobId } of rows) await this.control.cancel(manager, jobId);
        return rows.length;
      });
      expired += gone;
      if (gone < rowsAtOnce) return expired;
    }
  }

  private async removeOrphans(job: JobRunOf<typeof tidyReportsJob>): Promise<number> {
    if (!this.store) return 0;
    let removed = 0;
    for (let after: string | undefined; ;) {
      const { keys, isMore } = await this.store.list(prefix, after);
      if (keys.length > 0) {
        const orphans = await job.step((manager) => new TidyReportsRepository(manager).orphans(keys));
        for (const key of orphans) {
          job.signal.throwIfAborted();
          await this.store.remove(key);
        }
        removed += orphans.length;
      }
      after = keys.at(-1);
      if (!isMore || after === undefined) return removed;
    }
  }
}
