import { createHash } from 'node:crypto';
import { templateNumber, type JsonObject } from '../http/json-body';
import { cleanHeaders, nameOf, oneLine } from '../http/mail-text';
import type { Address, OutgoingMail } from '../mail-provider';

/** Longer names are refused. */
const maxName = 70;

const brevoAddress = (address: Address): JsonObject => {
  const name = [...nameOf(address)].slice(0, maxName).join('');
  return name === '' ? { email: address.email } : { email: address.email, name };
};

/** A UUID (version 5 in form) that only this purpose has: Brevo takes a mail of one key once within 30 minutes. */
export function idempotencyKey(purpose: string): string {
  const hash = createHash('sha1').update(`groundswell mail ${purpose}`).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** Inline parts do not exist at Brevo: a file with a content id goes along as an attachment. */
export function brevoMail(mail: OutgoingMail): JsonObject {
  const subject = oneLine(mail.subject);
  const files = (mail.attachments ?? []).map((file) => ({
    name: oneLine(file.name),
    content: file.content.toString('base64'),
  }));
  return {
    sender: brevoAddress(mail.from),
    to: [brevoAddress(mail.to)],
    ...(mail.cc?.length ? { cc: mail.cc.map((email) => ({ email })) } : {}),
    ...(mail.replyTo ? { replyTo: { email: mail.replyTo } } : {}),
    ...(subject === '' ? {} : { subject }),
    ...contentOf(mail),
    ...(files.length ? { attachment: files } : {}),
    headers: { ...Object.fromEntries(cleanHeaders(mail.headers)), idempotencyKey: idempotencyKey(mail.purpose) },
    tags: [mail.customId, `d:${mail.deliveryId}`],
  };
}

const contentOf = (mail: OutgoingMail): JsonObject =>
  mail.template
    ? { templateId: templateNumber(mail.template.ref), params: mail.template.variables }
    : { ...(mail.html ? { htmlContent: mail.html } : {}), ...(mail.text ? { textContent: mail.text } : {}) };
