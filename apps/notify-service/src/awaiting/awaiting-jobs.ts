import { z } from 'zod';
import { defineJob } from '@groundswell/jobs';

/** Looks through all that awaits opt-in: releases, drops, expires. */
export const releaseAwaitingJob = defineJob({
  name: 'release-awaiting',
  payload: z.object({}),
  cursor: z.object({ after: z.number().int() }),
  keepDays: 1,
});

/** Asks those for whom something waits to opt in. */
export const askOptInJob = defineJob({
  name: 'ask-opt-in',
  payload: z.object({}),
  cursor: z.object({ step: z.number().int(), after: z.number().int() }),
  keepDays: 1,
});

/** Messages, or people, of one step. */
export const awaitingStep = 500;
