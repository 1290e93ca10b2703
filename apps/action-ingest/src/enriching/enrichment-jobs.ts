import { z } from 'zod';
import { enrichmentKinds } from '@groundswell/domain';
import { defineJob } from '@groundswell/jobs';

const oneEnrichment = z.object({ enrichmentId: z.number().int(), round: z.number().int() });
const noCursor = z.null();

/** Has one field or attachment of one action enriched. Throttling and outages are waited out for about four hours. */
export const enrichActionJob = defineJob({
  name: 'enrich-action',
  payload: oneEnrichment.extend({ kind: z.enum(enrichmentKinds) }),
  cursor: noCursor,
  attempts: 14,
  backoff: { firstMs: 10_000, longestMs: 3_600_000 },
  timeoutMs: 60_000,
  concurrency: { perProcess: 1, perOrg: 2 },
  keepDays: 3,
});

/** Orders what is to be made of an action's attachments, once both are ready. */
export const enrichAttachmentsJob = defineJob({
  name: 'enrich-attachments',
  payload: z.object({ actionId: z.number().int() }),
  cursor: noCursor,
  timeoutMs: 30_000,
  keepDays: 1,
});

/** Asks once how a transcription is getting on, and adds its successor while it is not done. `job`: its name at the provider. */
export const pollTranscriptionJob = defineJob({
  name: 'poll-transcription',
  payload: oneEnrichment.extend({ job: z.string(), polls: z.number().int() }),
  cursor: noCursor,
  attempts: 14,
  backoff: { firstMs: 10_000, longestMs: 3_600_000 },
  timeoutMs: 60_000,
  concurrency: { perProcess: 1, perOrg: 2 },
  keepDays: 1,
});

export const enrichmentJobTypes = [enrichActionJob, enrichAttachmentsJob, pollTranscriptionJob] as const;
