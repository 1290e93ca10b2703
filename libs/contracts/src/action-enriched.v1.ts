import { z } from 'zod';

export const enrichmentKind = z.enum(['translate', 'sentiment', 'transcribe', 'label']);

/** An enrichment of an action has ended. Ids and kinds only: what came of it is read where it is kept (docs/enrichment.md). */
export const actionEnrichedV1 = z.object({
  schema: z.literal('groundswell:action-enriched:1'),
  /** Lead of the campaign. */
  orgId: z.number().int(),
  actionId: z.number().int(),
  campaignId: z.number().int(),
  enrichmentId: z.number().int(),
  kind: enrichmentKind,
  status: z.enum(['complete', 'error', 'timeout']),
  at: z.iso.datetime(),
});

export type ActionEnrichedV1 = z.infer<typeof actionEnrichedV1>;
