import { z } from 'zod';

/** An org's webhook or SQS queue is no longer called (processing.md §8.3, §8.4). Once for each time, possibly repeated. */
export const endpointDisabledV1 = z.object({
  schema: z.literal('groundswell:endpoint-disabled:1'),
  orgId: z.number().int(),
  serviceId: z.number().int(),
  reason: z.string(),
  at: z.iso.datetime(),
});
export type EndpointDisabledV1 = z.infer<typeof endpointDisabledV1>;
