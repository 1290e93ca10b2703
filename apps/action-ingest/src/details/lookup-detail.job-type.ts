import { z } from 'zod';
import { defineJob, type JobRunOf } from '@groundswell/jobs';

/**
 * Asks an org's own service about the supporters whose actions wait for it (processing.md §8.2): whatever waits when it runs. Org 0
 * looks for orgs nobody asks for any more. Attempts are for processes that die: faults of the service are kept in rows.
 */
export const lookupDetail = defineJob({
  name: 'lookup-detail',
  payload: z.object({}),
  cursor: z.never(),
  attempts: 20,
  timeoutMs: 300_000,
  priority: 10,
  concurrency: { perProcess: 2, perOrg: 1 },
  keepDays: 1,
});

export type LookupDetailRun = JobRunOf<typeof lookupDetail>;
