import type { Address, OutgoingMail, SendResult } from '../mail-provider';

const plainAddress = /^[^\s\p{Cc}@<>,;"]+@[^\s\p{Cc}@<>,;"]+$/u;
const quotedAddress = /^"[^\p{Cc}@"]+"@[^\s\p{Cc}@<>,;"]+$/u;
const isAddress = (email: string): boolean => plainAddress.test(email) || quotedAddress.test(email);

/** One line: a subject, a name or a header value can start no other header. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();

export const nameOf = (address: Address): string => oneLine(address.name ?? '');

/** `"Name" <address>`, or the bare address. Quoted where the name could read as more than a name. */
export function mailbox(address: Address): string {
  const name = nameOf(address);
  if (name === '') return address.email;
  const isPlain = /^[\p{L}\p{M}\p{N} _'-]+$/u.test(name);
  return `${isPlain ? name : `"${name.replace(/["\\]/g, '\\$&')}"`} <${address.email}>`;
}

/** Extra headers, one line each; what is no header name is left out. */
export const cleanHeaders = (headers: Record<string, string> = {}): [string, string][] =>
  Object.entries(headers)
    .filter(([name]) => /^[!#$%&'*+.^_`|~\w-]+$/.test(name))
    .map(([name, value]) => [name, oneLine(value)]);

/** Why this mail can be handed to no provider, as its result; null where it can. */
export function refuseFaulty(mail: OutgoingMail): SendResult | null {
  if (!isAddress(mail.to.email)) return { outcome: 'refused', error: 'invalid recipient address', bounced: true };
  if (!isAddress(mail.from.email)) return { outcome: 'refused', error: 'invalid sender address' };
  if (mail.replyTo && !isAddress(mail.replyTo)) return { outcome: 'refused', error: 'invalid reply-to address' };
  if (!(mail.cc ?? []).every(isAddress)) return { outcome: 'refused', error: 'invalid cc address' };
  if (!mail.template && !mail.html && !mail.text) return { outcome: 'refused', error: 'mail without content' };
  return null;
}
