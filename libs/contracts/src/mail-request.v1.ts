import { z } from 'zod';

/**
 * One mail somebody asks email-delivery to send (processing.md §6.6). `purpose` is also the message id: one purpose is sent
 * once, however often it is asked for. `kind` is the name of the template and the last word of the routing key.
 */
export const mailRequestV1 = z.object({
  schema: z.literal('groundswell:mail:1'),
  purpose: z.string().min(1).max(255),
  kind: z.string().regex(/^[a-z][a-z0-9_]*$/),
  to: z.object({ email: z.string().min(1) }),
  /** Whose mail account and templates are used; left out: the instance org's. */
  orgId: z.number().int().optional(),
  /** Preferred language of the template; null: whatever there is, English first. */
  locale: z.string().nullable(),
  /** Variables of the template, camelCase. */
  data: z.record(z.string(), z.unknown()),
  /** Not sent before this, and not after that: the link in it has ended. */
  notBefore: z.iso.datetime().optional(),
  notAfter: z.iso.datetime().optional(),
});
export type MailRequestV1 = z.infer<typeof mailRequestV1>;
