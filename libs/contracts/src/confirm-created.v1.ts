import { z } from 'zod';

/** "This confirm was created": ids only, the reader fetches the row. Published after commit, possibly twice. */
export const confirmCreatedV1 = z.object({
  schema: z.literal('groundswell:confirm:1'),
  confirmId: z.number().int(),
  operation: z.enum(['confirm_action', 'join_campaign', 'add_partner', 'launch_page', 'add_staffer']),
  /** What `operation` is about: action, partner org, page, campaign or org. */
  subjectId: z.number().int(),
  /** Campaign, page or perms mask; null where the operation has none. */
  objectId: z.number().int().nullable(),
});
export type ConfirmCreatedV1 = z.infer<typeof confirmCreatedV1>;
