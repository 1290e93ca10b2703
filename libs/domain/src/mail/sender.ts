import { isSameText, quotedLocalPart, splitAddress, type AddressParts } from './mail-address';
import { srsLocalPart, type SrsSettings } from './srs';

export interface SenderName {
  email: string;
  name: string | null;
}

export interface SenderFacts {
  /** The supporter, for mails to targets; null: the org itself writes. */
  from: SenderName | null;
  /** The page's org, for mails to targets the lead. */
  org: { name: string; title: string; emailFrom: string | null; replyEnabled: boolean; senderRewrite: boolean };
  service: { sendingFrom: string | null };
  /** Who owns the service: the org, or another one that lends it. */
  via: { isOrg: boolean; emailFrom: string | null };
}

export type Sender =
  | { ok: true; from: SenderName; replyTo: string | null }
  /** This mail cannot be sent; others of the same service may. */
  | { ok: false; reason: 'no sender address' | 'bad sender address' };

const unchanged = (from: SenderName): Sender => ({ ok: true, from, replyTo: null });
const noAddress: Sender = { ok: false, reason: 'no sender address' };
const badAddress: Sender = { ok: false, reason: 'bad sender address' };

/** Who a mail is from, and where answers go (email-and-mtt.md 1.5, cases 1 to 4). */
export function determineSender(facts: SenderFacts, srs: SrsSettings, at: Date): Sender {
  const { from, service, via } = facts;
  if (from === null) return senderOfOrg(facts, srs, at);
  const sending = service.sendingFrom || via.emailFrom;
  if (!sending) return noAddress;
  const original = splitAddress(from.email);
  const allowed = splitAddress(sending);
  if (!original || !allowed) return badAddress;
  return isSameText(from.email, sending) ? unchanged(from) : rewritten(facts, from, original, allowed, srs, at);
}

/** Cases 1 and 2. What a borrowed service has not verified it may not send from, so there case 4 applies. */
function senderOfOrg(facts: SenderFacts, srs: SrsSettings, at: Date): Sender {
  const { org, service, via } = facts;
  const email = org.emailFrom || (via.isOrg ? null : via.emailFrom);
  if (!email) return noAddress;
  const from = { email, name: org.title };
  const original = splitAddress(email);
  if (!original) return badAddress;
  if (via.isOrg || !service.sendingFrom) return unchanged(from);
  const allowed = splitAddress(service.sendingFrom);
  if (!allowed) return badAddress;
  return isSameText(original.domain, allowed.domain)
    ? unchanged(from)
    : rewritten(facts, from, original, allowed, srs, at);
}

/** Case 4. */
function rewritten(
  { org }: SenderFacts,
  from: SenderName,
  original: AddressParts,
  allowed: AddressParts,
  srs: SrsSettings,
  at: Date,
): Sender {
  const local = (org.senderRewrite ? srsLocalPart(original, srs, at) : null) ?? quotedLocalPart(org.name);
  return {
    ok: true,
    from: { email: `${local}@${allowed.domain}`, name: from.name },
    replyTo: org.replyEnabled ? from.email : null,
  };
}
