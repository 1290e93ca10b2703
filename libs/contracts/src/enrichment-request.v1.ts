import { z } from 'zod';
import { enrichmentKind } from './action-enriched.v1';

const request = { schema: z.literal('groundswell:request:1'), id: z.uuid(), orgId: z.number().int() };

/** Units an org may use in a calendar month (UTC); 0: none, the kind is not allowed. */
export const setEnrichmentQuotaRequestV1 = z.object({
  ...request,
  kind: z.literal('set_enrichment_quota'),
  enrichmentKind,
  monthlyUnits: z.number().int().min(0),
});

/** Has an enrichment of the org that failed done anew. */
export const retryEnrichmentRequestV1 = z.object({
  ...request,
  kind: z.literal('retry_enrichment'),
  enrichmentId: z.number().int(),
});

export const enrichmentChangeAnswerV1 = z.object({ outcome: z.enum(['changed', 'unchanged']) });

/** Codes of a no. */
export const enrichmentRefusals = {
  notFound: 'enrichment.not_found',
  notConfigured: 'enrichment.not_configured',
} as const;

export type SetEnrichmentQuotaRequestV1 = z.infer<typeof setEnrichmentQuotaRequestV1>;
export type RetryEnrichmentRequestV1 = z.infer<typeof retryEnrichmentRequestV1>;
export type EnrichmentChangeAnswerV1 = z.infer<typeof enrichmentChangeAnswerV1>;
