import { z } from 'zod';
import { defineJob } from '@groundswell/jobs';

/** Reminds volunteers of items that are due. */
export const remindVolunteerJob = defineJob({
  name: 'remind-volunteer',
  payload: z.object({}),
  cursor: z.object({ orgId: z.number().int(), reminders: z.number().int() }),
  keepDays: 3,
});

/** Reminders of one transaction. */
export const remindersAtOnce = 200;
