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

/** Body of a submission, or of a look-up's result, without what it holds for the org; `unreadable` when it is no JSON, null when nothing is to go.
 *  Other orgs keep their records; without any left the clear copies go too, as action-ingest would have it. */
export function withoutErased(body: string, { orgId, ref, erasedAt }: ErasureScope): string | null | 'unreadable' {
  const message = parse(body);
  if (message === undefined) return 'unreadable';
  if (!isObject(message) || message['ref'] !== ref) return null;
  if (message['kind'] === 'detail_result') return withoutDetails(message, orgId);
  if (message['kind'] !== 'contact' && message['kind'] !== 'action') return null;
  if (new Date(String(message['acceptedAt'])).getTime() >= erasedAt.getTime()) return null;
  const action = message['orgId'] === orgId ? withoutFiles(message['action']) : message['action'];
  const isShorter = action !== message['action'];
  if (message['kind'] === 'action') return isShorter ? JSON.stringify({ ...message, action }) : null;
  const contacts = Array.isArray(message['contacts']) ? (message['contacts'] as StoredContact[]) : [];
  const kept = contacts.filter((contact) => contact?.orgId !== orgId);
  if (kept.length === contacts.length && !isShorter) return null;
  const supporter = kept.length > 0 || contacts.length === 0 ? message['supporter'] : forgotten(message['supporter']);
  return JSON.stringify({ ...message, contacts: kept, supporter, action });
}

/** The action still goes on with it. */
const withoutDetails = (message: Record<string, unknown>, orgId: number): string | null =>
  message['orgId'] !== orgId || message['details'] === null
    ? null
    : JSON.stringify({ ...message, outcome: 'nothing', details: null });

/** They are the page's org's; what was sent is swept. */
const withoutFiles = (action: unknown): unknown => {
  if (!isObject(action) || action['attachments'] === undefined) return action;
  const { attachments: _attachments, ...rest } = action;
  return rest;
};

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
