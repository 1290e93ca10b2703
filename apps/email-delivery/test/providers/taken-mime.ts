import type { Email } from 'postal-mime';
import type { MailAccount } from '../../src/providers/mail-provider';
import type { TakenMail } from './provider-contract';

export const anAccount = (fields: Partial<MailAccount> = {}): MailAccount => ({
  id: 1,
  name: 'smtp',
  host: '',
  user: 'sender',
  password: 'secret',
  path: '',
  sendingFrom: null,
  ...fields,
});

/** A parsed MIME mail in the words of the contract. */
export function takenMime(parsed: Email): TakenMail {
  const headers = Object.fromEntries(parsed.headers.map(({ key, value }) => [key, value]));
  return {
    customId: headers['x-proca-id'] ?? null,
    deliveryId: Number(headers['x-groundswell-delivery']),
    from: { email: parsed.from?.address ?? '', name: parsed.from?.name },
    to: { email: parsed.to?.[0]?.address ?? '', name: parsed.to?.[0]?.name },
    cc: (parsed.cc ?? []).map(({ address }) => address ?? ''),
    replyTo: parsed.replyTo?.[0]?.address ?? null,
    subject: parsed.subject ?? '',
    html: parsed.html ?? null,
    text: parsed.text ?? null,
    attachments: parsed.attachments.map(({ filename, mimeType, content }) => ({
      name: filename ?? '',
      type: mimeType,
      content: Buffer.from(content as ArrayBuffer),
    })),
    headers,
  };
}
