import { z } from 'zod';
import { defineJob } from '@groundswell/jobs';

/** Looks for the supporters of actions that came before them (background-jobs.md §2.3). */
export const resolveReference = defineJob({
  name: 'resolve-reference',
  payload: z.object({}),
  cursor: z.object({ step: z.number().int() }),
  keepDays: 1,
});
