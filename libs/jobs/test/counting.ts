import { z } from 'zod';
import { defineJob, type JobRun, type JobType } from '../src/index';

const payload = z.object({ steps: z.number().int() });
const cursor = z.object({ step: z.number().int() });

export type CountingRun = JobRun<z.infer<typeof payload>, z.infer<typeof cursor>>;
type CountingType = JobType<z.infer<typeof payload>, z.infer<typeof cursor>>;

/** A job of some steps, each with one effect. */
export const countingJob = (name: string, more: Partial<CountingType> = {}): CountingType =>
  defineJob({ name, payload, cursor, backoff: { firstMs: 1, longestMs: 1 }, ...more });

/** Does what is left of it; `before` is called ahead of each step, `within` in its transaction after the effect. */
export const count = async (
  job: CountingRun,
  before: (step: number) => Promise<void> | void = () => undefined,
  within: (step: number) => Promise<void> | void = () => undefined,
): Promise<{ counted: number }> => {
  const { steps } = job.payload;
  for (let step = (job.cursor?.step ?? 0) + 1; step <= steps; step += 1) {
    await before(step);
    await job.step(
      async (manager) => {
        await manager.query('insert into actions.effects (job, step, attempt) values ($1, $2, $3)', [
          job.id,
          step,
          job.attempt,
        ]);
        await within(step);
      },
      { cursor: { step }, progress: { done: step, total: steps } },
    );
  }
  return { counted: steps };
};
