import { z } from 'zod';

/** Of a mail as it came, bytes; what lies behind them (attachments, mostly) is not read. */
export const maxReplyMimeBytes = 64 * 1024;
/** Of a text a provider has taken out of it, characters. */
export const maxReplyTextLength = 64 * 1024;

/** What a target answered to a message, as the gateway had it from the org's mail provider; for mtt-service. */
export const mttReplyV1 = z.object({
  schema: z.literal('groundswell:mtt-reply:1'),
  /** Of the message and what came: a provider that calls again has the same. */
  id: z.uuid(),
  messageId: z.number().int().positive(),
  receivedAt: z.iso.datetime(),
  mail: z.discriminatedUnion('form', [
    /** The beginning of the mail, base64. */
    z.object({ form: z.literal('mime'), content: z.string().max((maxReplyMimeBytes / 3) * 4 + 4) }),
    z.object({
      form: z.literal('parsed'),
      subject: z.string().max(1_000),
      text: z.string().max(maxReplyTextLength),
      isHtml: z.boolean(),
    }),
  ]),
});
export type MttReplyV1 = z.infer<typeof mttReplyV1>;
