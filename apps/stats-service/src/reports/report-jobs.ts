import { z } from 'zod';
import { defineJob } from '@groundswell/jobs';

/** Days a file and its row stay after the report ended. */
export const reportKeptDays = 14;

/** Makes the file of one row of stats.reports. Begun anew after a fault: a file is written whole or not at all. */
export const reportJob = defineJob({
  name: 'report',
  payload: z.object({ reportId: z.number().int() }),
  cursor: z.never(),
  attempts: 8,
  backoff: { firstMs: 30_000, longestMs: 1_800_000 },
  timeoutMs: 4 * 3_600_000,
  concurrency: { perProcess: 1, perOrg: 1 },
  // Longer than the row: its state is the job's.
  keepDays: 2 * reportKeptDays,
});

/** Takes away what is over: reports past their time, those of somebody who was erased since, files that no report has. */
export const tidyReportsJob = defineJob({
  name: 'tidy-reports',
  payload: z.object({}),
  cursor: z.never(),
  timeoutMs: 600_000,
  keepDays: 1,
});
