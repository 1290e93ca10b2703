import { z } from 'zod';

/** Follow-up items that were closed in one transaction (background-jobs.md §2.5): what still waits because of them need not. */
export const followUpsClosedV1 = z.object({
  schema: z.literal('groundswell:followups-closed:1'),
  closed: z.array(
    z.object({
      itemId: z.number().int(),
      orgId: z.number().int(),
      /** `canceled`: a sibling was done instead, or a person took it back. */
      state: z.enum(['done', 'canceled']),
      /** The action that answered it, or its sibling; null when a person closed it. */
      actionId: z.number().int().nullable(),
    }),
  ),
});

export type FollowUpsClosedV1 = z.infer<typeof followUpsClosedV1>;
