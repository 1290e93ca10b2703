import { createHash } from 'node:crypto';
import { domainToASCII } from 'node:url';
import type MailComposer from 'nodemailer/lib/mail-composer';
import { cleanHeaders, nameOf, oneLine } from '../http/mail-text';
import type { Address, OutgoingMail } from '../mail-provider';
import { mimeSource } from './mime-source';

/** A mail as it goes over the wire, with the envelope of its sender and recipients. */
export interface MimeMail {
  /** Without its angle brackets. */
  messageId: string;
  source: Buffer;
  /** `to` names the recipient first, then the copies, each once. */
  envelope: { from: string; to: string[] };
}

type ComposerOptions = ConstructorParameters<typeof MailComposer>[0];

/** Set here, whatever a mail's extra headers say. */
const ownHeaders =
  /^(from|sender|to|cc|bcc|reply-to|subject|date|message-id|mime-version|content-.*|x-proca-id|x-groundswell-delivery|return-path)$/i;

/** `custom.id.hash@domain of the sender`: the same for every try of one purpose, another for the next purpose. A custom id
 *  that holds an address gives its type only, since message ids outlive the mail. */
export function messageIdOf({ customId, purpose, from }: OutgoingMail): string {
  const hash = createHash('sha256').update(purpose).digest('hex').slice(0, 24);
  const [type = 'mail', ...rest] = customId.split(':');
  const plainId = rest.join('.');
  const words = /^[\w.-]+$/.test(plainId) ? [type, plainId, hash] : [type, hash];
  const domain = domainToASCII(domainOf(from.email)) || 'localhost';
  return `${dotAtom(words.join('.'))}@${domain}`;
}

const domainOf = (email: string): string => email.slice(email.lastIndexOf('@') + 1);

const dotAtom = (text: string): string =>
  text
    .replace(/[^\w.-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^\.|\.$/g, '');

const composerAddress = (address: Address) => ({ name: nameOf(address), address: address.email });

const bare = (address: string) => ({ name: '', address });

/** Each address once, whatever its case. */
function uniqueAddresses(emails: readonly string[]): string[] {
  const byKey = new Map<string, string>();
  for (const email of emails) if (!byKey.has(email.toLowerCase())) byKey.set(email.toLowerCase(), email);
  return [...byKey.values()];
}

function composerOptions(mail: OutgoingMail, messageId: string): ComposerOptions {
  return {
    from: composerAddress(mail.from),
    to: composerAddress(mail.to),
    cc: (mail.cc ?? []).map(bare),
    ...(mail.replyTo ? { replyTo: bare(mail.replyTo) } : {}),
    subject: oneLine(mail.subject),
    ...(mail.html ? { html: mail.html } : {}),
    ...(mail.text ? { text: mail.text } : {}),
    messageId: `<${messageId}>`,
    headers: [
      { key: 'X-Proca-Id', value: oneLine(mail.customId) },
      { key: 'X-Groundswell-Delivery', value: String(mail.deliveryId) },
      ...cleanHeaders(mail.headers)
        .filter(([name]) => !ownHeaders.test(name))
        .map(([key, value]) => ({ key, value })),
    ],
    attachments: (mail.attachments ?? []).map((file) => ({
      filename: oneLine(file.name),
      contentType: oneLine(file.type),
      content: file.content,
      ...(file.contentId ? { cid: oneLine(file.contentId), contentDisposition: 'inline' } : {}),
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Of a mail that `refuseFaulty` has let through. */
export async function composeMime(mail: OutgoingMail, messageId = messageIdOf(mail)): Promise<MimeMail> {
  const { default: Composer } = await import('nodemailer/lib/mail-composer');
  const source = mimeSource(new Composer(composerOptions(mail, messageId)).compile());
  return {
    messageId,
    source,
    envelope: { from: mail.from.email, to: uniqueAddresses([mail.to.email, ...(mail.cc ?? [])]) },
  };
}
