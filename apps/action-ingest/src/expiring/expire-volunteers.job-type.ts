import { z } from 'zod';
import { defineJob } from '@groundswell/jobs';

/** Takes follow-up items back from guests who did not do them (background-jobs.md §4.8). */
export const expireVolunteers = defineJob({
  name: 'expire-volunteers',
  payload: z.object({}),
  cursor: z.never(),
  keepDays: 2,
});
