import { z } from 'zod';
import { defineJob } from '@groundswell/jobs';

/** Rows of one step, and of one job: after that another org's file has its turn. */
export const stepRows = 500;
export const turnRows = 20_000;

/** One turn at a file of actions; the next one is a job of its own (background-jobs.md §2.1). */
export const importActions = defineJob({
  name: 'import-actions',
  payload: z.object({ uploadId: z.number().int(), turn: z.number().int() }),
  cursor: z.object({ rows: z.number().int() }),
  timeoutMs: 30 * 60_000,
});

/** What is known of a file's rows goes once nobody looks at it any more. */
export const forgetUpload = defineJob({
  name: 'forget-upload',
  payload: z.object({ uploadId: z.number().int() }),
  cursor: z.null(),
});
