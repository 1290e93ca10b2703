import type { Logger } from '@groundswell/observability';
import { PermanentJobError, RunsJob, StepRefusedError, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import { isDatabaseFault, type Catalogue, type Database } from '@groundswell/persistence';
import type { ContactRetention } from './contact-retention';
import { RetentionRunRepository } from './retention-run.repository';
import { retentionJob } from './retention.job-type';

/** Between two looks at whether it is to end. */
const pagesAtOnce = 5;

/** Carries out a clean-up page by page. Twice is safe, side by side too: see ContactRetention. */
@RunsJob(retentionJob)
export class RetentionHandler implements JobHandler {
  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly retention: ContactRetention,
    private readonly logger: Logger,
  ) {}

  async run(job: JobRunOf<typeof retentionJob>): Promise<void> {
    const { runId } = job.payload;
    await this.catalogue.refresh();
    for (let pages = job.cursor?.pages ?? 0; ; pages += pagesAtOnce) {
      job.signal.throwIfAborted();
      const run = await this.database.run((manager) => new RetentionRunRepository(manager).findOpen(runId));
      if (!run) return;
      try {
        if (await this.retention.carryOn(run, pagesAtOnce)) {
          this.logger.info({ runId, orgId: run.orgId, isDry: run.isDry }, 'retention finished');
          return;
        }
      } catch (error) {
        throw await this.failed(runId, error);
      }
      await job.step(() => Promise.resolve(), { cursor: { pages: pages + pagesAtOnce } });
    }
  }

  /** What cannot be done ends the run: whoever asked for it reads why there. */
  private async failed(runId: number, error: unknown): Promise<unknown> {
    if (isDatabaseFault(error) || error instanceof StepRefusedError) return error;
    const reason = error instanceof Error ? error.message : String(error);
    await this.database.run((manager) => new RetentionRunRepository(manager).finish(runId, reason));
    return new PermanentJobError(reason, { cause: error });
  }
}
