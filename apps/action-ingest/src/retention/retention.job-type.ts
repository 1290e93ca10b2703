import { z } from 'zod';
import { defineJob } from '@groundswell/jobs';

/** Carries out one row of actions.retention_runs. Where it stands is in that row; `pages` only tells that it gets on. */
export const retentionJob = defineJob({
  name: 'retention',
  payload: z.object({ runId: z.number().int() }),
  cursor: z.object({ pages: z.number().int() }),
  timeoutMs: 3_600_000,
  keepDays: 90,
});
