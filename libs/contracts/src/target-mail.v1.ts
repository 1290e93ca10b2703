import { z } from 'zod';

const id = z.number().int().positive();
/** Whatever a supporter gave: a broken address fails this mail, never the message. */
const address = z.string().max(320);

/**
 * One supporter's mail to one target, which mtt-service asks email-delivery to send (email-and-mtt.md §5.7). One purpose is sent
 * once at most, however often it is asked for; each asking is answered by `mailOutcomeV1` messages with its `attempt`:
 * `sent`, `failed`, `unknown` and `cancelled` stand for ever, `returned` means nothing was sent and the purpose is free.
 */
export const targetMailV1 = z.object({
  schema: z.literal('groundswell:target-mail:1'),
  /** `mttPurpose({ targetId, contactRef })`, of a test `mttTestPurpose({ messageId })`. */
  purpose: z
    .string()
    .regex(/^mtt(-test)?:.+$/)
    .max(255),
  /** Rises with every asking for the same message: what was returned is taken up again by a later one only. */
  attempt: z.number().int().positive(),
  messageId: id,
  campaignId: id,
  /** The campaign's lead, whose email backend, sender rules, template and storage are used. */
  orgId: id,
  actionPageId: id,
  actionId: id,
  /** The supporter's contactRef, base64url, and when the action was accepted: an erasure after that stops the mail. */
  ref: z.string().min(1),
  acceptedAt: z.iso.datetime(),
  testing: z.boolean(),
  target: z.object({
    id: z.guid(),
    name: z.string(),
    externalId: z.string(),
    locale: z.string().nullable(),
    area: z.string().nullable(),
    fields: z.record(z.string(), z.unknown()),
  }),
  /** Row of catalog.target_emails that `to` is; null for tests. */
  targetEmailId: id.nullable(),
  /** The target; of a test the supporter. */
  to: z.object({ name: z.string(), email: address }),
  supporter: z.object({
    firstName: z.string(),
    lastName: z.string(),
    email: address,
    area: z.string().nullable(),
  }),
  /** cc_contacts, and the supporter where cc_sender is set; of a test nothing but test_email. */
  cc: z.array(address).max(50),
  /** As the supporter wrote them. */
  subject: z.string().max(1280),
  body: z.string().max(10_240),
  /** Keys in the lead's storage backend: `bucket/path`. */
  files: z.array(z.string().min(1)).max(20),
  /** Name of the lead's template; null: what the supporter wrote is the whole mail. */
  template: z.string().nullable(),
  notBefore: z.iso.datetime().optional(),
  /** No call after this: what is not sent by then is returned. The end of what the message was planned for (the target's
   *  day, so that its ceiling holds), and never later than 24 h after the campaign's end. */
  notAfter: z.iso.datetime(),
});
export type TargetMailV1 = z.infer<typeof targetMailV1>;
