import { z } from 'zod';
import { defineJob } from '@groundswell/jobs';

/** A client may attach a file a moment before it is sent: it is waited for so long. */
export const sentWithinMs = 1_800_000;

/** Looks at one file that came with an action and keeps it (docs/uploads.md). Outages are waited out for about four hours. */
export const scanAttachment = defineJob({
  name: 'scan-attachment',
  payload: z.object({ objectId: z.uuid(), orgId: z.number().int() }),
  /** Of the bytes that were looked at first; hex. */
  cursor: z.object({ sha256: z.string() }),
  attempts: 14,
  backoff: { firstMs: 15_000, longestMs: 3_600_000 },
  timeoutMs: 180_000,
  concurrency: { perProcess: 1, perOrg: 2 },
});

/** Has files removed that were sent and never used. */
export const sweepQuarantine = defineJob({
  name: 'sweep-quarantine',
  payload: z.object({}),
  cursor: z.object({ prefix: z.string(), after: z.string() }),
  attempts: 8,
  timeoutMs: 600_000,
  keepDays: 1,
});

/** Removes objects whose rows are gone. */
export const removeObjects = defineJob({
  name: 'remove-objects',
  payload: z.object({}),
  cursor: z.object({ removed: z.number().int() }),
  attempts: 8,
  timeoutMs: 600_000,
  keepDays: 1,
});
