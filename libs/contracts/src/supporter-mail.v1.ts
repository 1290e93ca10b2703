import { z } from 'zod';

/** What a provider told of a mail to a supporter that says something of the address (email-and-mtt.md §4). No personal data.
 *  Comes twice and out of order. */
export const supporterMailV1 = z.object({
  schema: z.literal('groundswell:supporter-mail:1'),
  /** Whose mail it was. */
  orgId: z.number().int(),
  /** What it was about. */
  actionId: z.number().int(),
  deliveryId: z.number().int(),
  outcome: z.enum(['bounce', 'blocked', 'spam', 'unsub']),
  at: z.iso.datetime(),
});
export type SupporterMailV1 = z.infer<typeof supporterMailV1>;
