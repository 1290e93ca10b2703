import type { z } from 'zod';

/** How a job of one kind is done. `defineJob` fills in what is left out. */
export interface JobType<P = unknown, C = unknown> {
  /** Kebab-case; in tables, logs and metrics. What changes the payload's meaning gets a new name. */
  name: string;
  /** Ids and settings only: no personal data. */
  payload: z.ZodType<P>;
  /** Where a resumable job stands. */
  cursor: z.ZodType<C>;
  /** Attempts in a row without the cursor moving, before it fails. */
  attempts: number;
  /** Wait after a failed attempt: doubles from the first to the longest, less up to half of it. */
  backoff: { firstMs: number; longestMs: number };
  /** Longest one attempt may take. */
  timeoutMs: number;
  /** Among jobs of the same org a higher one goes first. */
  priority: number;
  /** Jobs running at once: in one process, and of one org in the whole fleet. */
  concurrency: { perProcess: number; perOrg: number };
  /** How long a complete or canceled job can be looked at. Failed ones stay until a person decides. */
  keepDays: number;
}

type Needed<P, C> = Pick<JobType<P, C>, 'name' | 'payload' | 'cursor'>;

const defaults = {
  attempts: 5,
  backoff: { firstMs: 5_000, longestMs: 3_600_000 },
  timeoutMs: 300_000,
  priority: 0,
  concurrency: { perProcess: 1, perOrg: 1 },
  keepDays: 14,
};

export function defineJob<P, C>(definition: Needed<P, C> & Partial<JobType<P, C>>): JobType<P, C> {
  const type = { ...defaults, ...definition };
  const { name, attempts, timeoutMs, keepDays, backoff, concurrency, priority } = type;
  const positive = { attempts, timeoutMs, keepDays, ...backoff, ...concurrency };
  for (const [field, value] of Object.entries(positive)) {
    if (!Number.isInteger(value) || value < 1) {
      throw new Error(`job "${name}": ${field} must be a whole number above 0`);
    }
  }
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new Error(`job "${name}": a name has a-z, 0-9 and -`);
  if (!Number.isInteger(priority) || Math.abs(priority) > 1_000) {
    throw new Error(`job "${name}": priority is within ±1000`);
  }
  return type;
}
