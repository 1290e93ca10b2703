import { z } from 'zod';
import { defineJob } from '@groundswell/jobs';

const count = z.number().int().min(0);

/** Brings all supporters onto the present recipe of references (background-jobs.md §4.9, docs/references.md). */
export const recalculateReferences = defineJob({
  name: 'recalculate-references',
  payload: z.object({}),
  cursor: z.object({
    /** Supporters up to this one are dealt with. */
    afterId: count,
    looked: count,
    recalculated: count,
    unchanged: count,
    unreadable: count,
    /** Of the page behind `afterId`: supporters whose move was asked for. */
    moving: count,
  }),
  timeoutMs: 6 * 3_600_000,
  keepDays: 90,
});
