import { z } from 'zod';

/** What became of a mail to a target (email-and-mtt.md §4), for mtt-service. No personal data. */
export const mailOutcomeV1 = z.object({
  schema: z.literal('groundswell:mail-outcome:1'),
  /** `mtt:MESSAGE_ID`. */
  customId: z.string(),
  deliveryId: z.number().int(),
  outcome: z.enum([
    'sent',
    'failed',
    'unknown',
    'delivered',
    'opened',
    'clicked',
    'bounce',
    'soft_bounce',
    'blocked',
    'spam',
    'unsub',
  ]),
  error: z.string().nullable(),
  at: z.iso.datetime(),
});
export type MailOutcomeV1 = z.infer<typeof mailOutcomeV1>;
