import { z } from 'zod';

/** Have the references of all supporters brought onto the present recipe (background-jobs.md §4.9). */
export const recalculateReferencesRequestV1 = z.object({
  schema: z.literal('groundswell:request:1'),
  kind: z.literal('recalculate_references'),
  id: z.uuid(),
  /** Who asked. */
  requestedBy: z.string(),
});

/** `alreadyRunning`: the job of an earlier call is not done, and is the one meant. */
export const recalculateReferencesAnswerV1 = z.object({ jobId: z.number().int(), alreadyRunning: z.boolean() });

/** Codes of refusals. */
export const referenceRefusals = {
  /** action-ingest has no FINGERPRINT_SEED, or no FINGERPRINT_SEED_BEFORE: there is nothing to recalculate from. */
  notConfigured: 'references.not_configured',
} as const;
