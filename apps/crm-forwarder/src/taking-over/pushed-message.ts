import type { Contract } from '@groundswell/messaging';
import type { PushKind } from '../pushing/push-backend';

/** What an org gets pushed, an object. Nothing more is required of it. */
export type PushedContent = Readonly<Record<string, unknown>>;

export interface PushedMessage {
  content: PushedContent;
  /** As it came: it goes out byte for byte. */
  text: string;
}

const isObject = (value: unknown): value is PushedContent =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const pushedMessage: Contract<PushedMessage> = {
  parse: (body) => {
    const text = utf8.decode(body as Buffer);
    const content: unknown = JSON.parse(text);
    if (!isObject(content)) throw new TypeError('not an object');
    return { content, text };
  },
};

const kinds: ReadonlyMap<unknown, PushKind> = new Map([
  ['proca:action:1', 'action'],
  ['proca:action:2', 'action'],
  ['proca:event:2', 'event'],
]);

/** Undefined for a message that no push service is meant to get. */
export const pushKindOf = ({ schema, stage }: PushedContent): PushKind | undefined =>
  schema === 'proca:action:2' && stage === 'system' ? 'system' : kinds.get(schema);

/** The action it tells of; null for events about anything else. */
export const actionIdOf = ({ actionId }: PushedContent): number | null =>
  Number.isSafeInteger(actionId) ? (actionId as number) : null;

/** Whose personal data it holds, as the text of a contactRef; null for messages about no supporter. */
export function contactRefOf({ contact, supporter }: PushedContent): string | null {
  const own = isObject(contact) ? contact : isObject(supporter) ? supporter['contact'] : undefined;
  if (!isObject(own)) return null;
  // Version 1 calls it `ref`.
  const ref = own['contactRef'] ?? own['ref'];
  return typeof ref === 'string' && ref !== '' ? ref : null;
}

/** When its action was accepted, in whole seconds; null when it does not say. */
export function acceptedAtOf({ action }: PushedContent): Date | null {
  const createdAt = isObject(action) ? action['createdAt'] : undefined;
  const at = typeof createdAt === 'string' ? new Date(createdAt) : null;
  return at && !Number.isNaN(at.getTime()) ? at : null;
}
