import { z } from 'zod';
import { defineJob } from '@groundswell/jobs';

/** Builds the audience of a mailout, step by step, and hands it to email-delivery. */
export const buildMailoutJob = defineJob({
  name: 'build-mailout',
  payload: z.object({ mailoutId: z.number().int() }),
  cursor: z.object({ next: z.number().int() }),
  timeoutMs: 3_600_000,
  concurrency: { perProcess: 1, perOrg: 1 },
});

/** Ends mailouts whose mailing has ended, and forgets who was erased. */
export const settleMailoutsJob = defineJob({
  name: 'settle-mailouts',
  payload: z.object({}),
  cursor: z.object({}),
  keepDays: 1,
});

/** The key of one run of building: one job for each start. */
export const buildKey = (mailoutId: number, start: number): string => `${mailoutId}:${start}`;
