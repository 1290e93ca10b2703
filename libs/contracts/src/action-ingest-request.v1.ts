import { z } from 'zod';
import { assignFollowUpRequestV1, closeFollowUpRequestV1, createFollowUpsRequestV1 } from './follow-up-request.v1';
import { retryEnrichmentRequestV1, setEnrichmentQuotaRequestV1 } from './enrichment-request.v1';
import { cancelImportRequestV1, importActionsRequestV1 } from './import-request.v1';
import { recalculateReferencesRequestV1 } from './reference-request.v1';

/** Queues a person may have messages sent to again (processing.md §8.1): an org's own ones and those of our workers. */
export const requeuePurposes = ['crm', 'confirm', 'moderate', 'webhook', 'sqs', 'email'] as const;

/** What is asked of action-ingest, to be answered: the same id has the same answer, and takes effect once. */
export const requeueActionsRequestV1 = z.object({
  schema: z.literal('groundswell:request:1'),
  kind: z.literal('requeue_actions'),
  id: z.uuid(),
  orgId: z.number().int(),
  actionIds: z.array(z.number().int()),
  queue: z.enum(requeuePurposes),
});

export const actionIngestRequestV1 = z.discriminatedUnion('kind', [
  requeueActionsRequestV1,
  createFollowUpsRequestV1,
  assignFollowUpRequestV1,
  closeFollowUpRequestV1,
  setEnrichmentQuotaRequestV1,
  retryEnrichmentRequestV1,
  importActionsRequestV1,
  cancelImportRequestV1,
  recalculateReferencesRequestV1,
]);

/** Its answer: selected by the rules of processing.md §8.1, and how many of those are not sent. */
export const requeueActionsAnswerV1 = z.object({ count: z.number().int(), failed: z.number().int() });

export type RequeueActionsRequestV1 = z.infer<typeof requeueActionsRequestV1>;
export type ActionIngestRequestV1 = z.infer<typeof actionIngestRequestV1>;
export type RequeueActionsAnswerV1 = z.infer<typeof requeueActionsAnswerV1>;
