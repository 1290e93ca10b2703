import { RunsJob, type JobHandler, type JobRun } from '@groundswell/jobs';
import { ExpiredRepository } from './expired.repository';
import { expireAccountTokensJob, expireConfirmsJob } from './expiry-jobs';

/** Rows of one transaction. */
const rowsAtOnce = 500;

type Remove = (expired: ExpiredRepository) => Promise<number>;

/** Chunk by chunk, until there is none. Twice is safe: what is gone is not found again. */
async function removeAll(job: JobRun<object, never>, remove: Remove): Promise<{ removed: number }> {
  for (let removed = 0; ;) {
    const gone = await job.step(
      (manager) => remove(new ExpiredRepository(manager)),
      (found) => ({
        progress: { done: removed + found },
      }),
    );
    removed += gone;
    if (gone < rowsAtOnce) return { removed };
  }
}

@RunsJob(expireConfirmsJob)
export class ExpireConfirmsHandler implements JobHandler<object, never> {
  run(job: JobRun<object, never>): Promise<{ removed: number }> {
    return removeAll(job, (expired) => expired.removeConfirms(rowsAtOnce));
  }
}

@RunsJob(expireAccountTokensJob)
export class ExpireAccountTokensHandler implements JobHandler<object, never> {
  run(job: JobRun<object, never>): Promise<{ removed: number }> {
    return removeAll(job, (expired) => expired.removeAccountTokens(rowsAtOnce));
  }
}
