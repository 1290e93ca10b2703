import { z } from 'zod';

/** Why nothing was sent now and the message is pending again (email-and-mtt.md §5.4): what `error` of `returned` says. */
export const returnReasons = ['paused', 'campaign closed', 'too late', 'target disabled', 'address disabled'] as const;

/**
 * What became of a mail to a target (email-and-mtt.md §4), for mtt-service. No personal data. Comes twice and out of order.
 * `sent`, `failed`, `unknown`, `returned` and `cancelled` answer an asking (`targetMailV1`) and carry its `attempt`; the others
 * are what a provider tells later, and carry none.
 */
export const mailOutcomeV1 = z.object({
  schema: z.literal('groundswell:mail-outcome:1'),
  /** `mtt:MESSAGE_ID`. */
  customId: z.string(),
  deliveryId: z.number().int(),
  outcome: z.enum([
    /** The provider accepted it: stands, whatever was told before. */
    'sent',
    'failed',
    /** Nobody knows whether it went; only a person resends it. */
    'unknown',
    /** Nothing was sent, and the same purpose may be asked for again with a higher `attempt`; `error` is one of `returnReasons`.
     *  Also of what was `unknown`, when a person has it resent and it may not go then. */
    'returned',
    /** Not to be sent: the person was erased, the text is empty (another message of that person may take the purpose then), or
     *  the target has another mail of this person. */
    'cancelled',
    'delivered',
    'opened',
    'clicked',
    'bounce',
    'soft_bounce',
    'blocked',
    'spam',
    'unsub',
  ]),
  attempt: z.number().int().positive().optional(),
  /** Of `bounce`: the call itself refused the mail because its address is dead, so it was never sent; `failed` says so too. */
  isRefusal: z.literal(true).optional(),
  error: z.string().nullable(),
  at: z.iso.datetime(),
});
export type MailOutcomeV1 = z.infer<typeof mailOutcomeV1>;
