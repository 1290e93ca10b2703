/** Whose content of an org is to go from messages that wait: what was accepted before the tombstone. */
export interface ErasureScope {
  orgId: number;
  /** Base64url without padding. */
  ref: string;
  erasedAt: Date;
}

interface StoredContact {
  orgId?: unknown;
}

/** Body of a submission without what it holds for the org; `unreadable` when it is no JSON, null when nothing is to go.
 *  Other orgs keep their records; without any left the clear copies go too, as action-ingest would have it. */
export function withoutErased(body: string, { orgId, ref, erasedAt }: ErasureScope): string | null | 'unreadable' {
  const message = parse(body);
  if (message === undefined) return 'unreadable';
  if (!isObject(message) || message['ref'] !== ref || message['kind'] !== 'contact') return null;
  if (new Date(String(message['acceptedAt'])).getTime() >= erasedAt.getTime()) return null;
  const contacts = Array.isArray(message['contacts']) ? (message['contacts'] as StoredContact[]) : [];
  const kept = contacts.filter((contact) => contact?.orgId !== orgId);
  if (kept.length === contacts.length) return null;
  const supporter = kept.length > 0 ? message['supporter'] : forgotten(message['supporter']);
  return JSON.stringify({ ...message, contacts: kept, supporter });
}

const forgotten = (supporter: unknown): unknown =>
  isObject(supporter) ? { ...supporter, firstName: null, lastName: null, email: null, address: null } : supporter;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    // The caller is told: what cannot be read cannot be changed either.
    return undefined;
  }
}
