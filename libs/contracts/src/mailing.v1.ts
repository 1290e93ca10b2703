import { z } from 'zod';

/** Recipients in one message at most. */
export const maxMailingPart = 1_000;

/** Which mailing a message is about: the purpose of a mailing is unique for ever, and each contact gets it once. */
const mailing = {
  purpose: z.string().min(1).max(200),
  /** Whose email backend, sender address and templates it uses. */
  orgId: z.number().int(),
  campaignId: z.number().int().nullable(),
};

const textOfMailing = z.object({
  subject: z.string().min(1),
  /** As mustache, like `subject` and `text`. */
  html: z.string().min(1),
  /** Null: made from the html. */
  text: z.string().nullable(),
});

/** What is sent, and how. The three messages of a mailing may come in any order, and more than once. */
export const mailingContentV1 = z.object({
  schema: z.literal('groundswell:mailing-content:1'),
  ...mailing,
  /** Name of a template of the org; or the mail itself. */
  content: z.union([z.object({ template: z.string().min(1) }), textOfMailing]),
  trackOpens: z.boolean(),
  trackClicks: z.boolean(),
  /** Not sent after this. */
  notAfter: z.iso.datetime().optional(),
  /** Its batches are spread evenly over this long, from now on. */
  windowMs: z.number().int().min(0).optional(),
});
export type MailingContentV1 = z.infer<typeof mailingContentV1>;

/** Some of the recipients. A part that comes again must be the same: the first one counts. */
export const mailingRecipientsV1 = z.object({
  schema: z.literal('groundswell:mailing-recipients:1'),
  ...mailing,
  /** From 1. */
  part: z.number().int().min(1),
  recipients: z
    .array(
      z.object({
        /** base64url, as in action messages. */
        contactRef: z.string().min(1).max(255),
        /** By which the person came to the org: unsubscribing and what providers tell go to its supporter. */
        actionId: z.number().int().nullable(),
        /** When the person acted: an erasure after that takes them off. */
        acceptedAt: z.iso.datetime(),
        email: z.string(),
        name: z.string().nullable(),
        locale: z.string().nullable(),
        variables: z.record(z.string(), z.unknown()),
      }),
    )
    .max(maxMailingPart),
});
export type MailingRecipientsV1 = z.infer<typeof mailingRecipientsV1>;

/** There are this many parts, and no more: once all have come, the recipients are fixed and sending starts. */
export const mailingPreparedV1 = z.object({
  schema: z.literal('groundswell:mailing-prepared:1'),
  ...mailing,
  parts: z.number().int().min(0),
  recipients: z.number().int().min(0),
});
export type MailingPreparedV1 = z.infer<typeof mailingPreparedV1>;

export const mailingMessageV1 = z.discriminatedUnion('schema', [
  mailingContentV1,
  mailingRecipientsV1,
  mailingPreparedV1,
]);
export type MailingMessageV1 = z.infer<typeof mailingMessageV1>;
