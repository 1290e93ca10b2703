import { z } from 'zod';

/** Largest body a provider may send to a webhook, in bytes. */
export const maxWebhookBytes = 1024 * 1024;

/** What a provider sent to a webhook of the gateway, as it came. email-delivery stores it, then applies its events. */
export const mailWebhookV1 = z.object({
  schema: z.literal('groundswell:mail-webhook:1'),
  /** Also the message id. */
  id: z.uuid(),
  provider: z.enum(['mailjet', 'brevo', 'ses', 'mailgun']),
  /** Row of catalog.services whose secret came with it; null where the bare path is allowed. */
  serviceId: z.number().int().nullable(),
  receivedAt: z.iso.datetime(),
  /** JSON text of the request, at most `maxWebhookBytes`. */
  body: z.string(),
});
export type MailWebhookV1 = z.infer<typeof mailWebhookV1>;
