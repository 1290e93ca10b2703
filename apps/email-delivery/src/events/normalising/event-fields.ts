import { createHash } from 'node:crypto';
import { cleanError } from '@groundswell/http';
import type { MailEvent } from '../mail-event';
import { UnreadableEventError } from './unreadable-event.error';

/** What is known of an event besides what stands in it. */
export interface EventOrigin {
  /** The account whose secret came with it. */
  serviceId: number | null;
  receivedAt: Date;
}

const longestAddress = 320;
const inBrackets = /<([^<>]*)>\s*$/;

/** `Name <address>` and a bare address, trimmed, lower case. Throws UnreadableEventError. */
export function addressOf(value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  const address = (inBrackets.exec(text)?.[1] ?? text).trim().toLowerCase();
  if (!address.includes('@') || address.length > longestAddress) throw new UnreadableEventError('no recipient');
  return address;
}

/** `action:ID` and `mtt:ID`, whatever follows cut off; null for all else (email-and-mtt.md §1.4). */
export function customIdOf(value: unknown): string | null {
  const [, id] = /^((?:action|mtt):\d{1,18})(?::|$)/.exec(typeof value === 'string' ? value.trim() : '') ?? [];
  return id ?? null;
}

/** Id of a row of mail.deliveries, as a number or its digits. */
export function deliveryIdOf(value: unknown): number | null {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
  const id = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(id) && id > 0 ? id : null;
}

/** A provider's id of a message, without angle brackets. */
export function messageIdOf(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? String(value) : null;
  const text = typeof value === 'string' ? value.trim().replace(/^<|>$/g, '') : '';
  return text === '' || text.length > longestMessageId || text.includes('\0') ? null : text;
}
const longestMessageId = 998;

const earliestMs = Date.UTC(2000, 0);
const aheadMs = 86_400_000;

/** Of the first that is a time. When it came, where none is, and where the provider's clock is in another age. */
export function instantOf(candidatesMs: readonly number[], { receivedAt }: EventOrigin): Date {
  const latestMs = receivedAt.getTime() + aheadMs;
  const ms = candidatesMs.find((one) => one >= earliestMs && one <= latestMs);
  return ms === undefined ? receivedAt : new Date(ms);
}

export const secondsToMs = (value: unknown): number =>
  typeof value === 'number' || (typeof value === 'string' && value !== '') ? Number(value) * 1_000 : Number.NaN;

export const isoToMs = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : Number.NaN);

/** The same event has the same, however often and in whatever company it comes. What the provider wrote goes in as it was:
 *  the time it came would make every repeat another event. */
export const stableEventId = (...parts: readonly unknown[]): string =>
  createHash('sha256')
    .update(JSON.stringify(parts.map((part) => part ?? null)))
    .digest('base64url');

/** Texts of an error that are not empty, one after the other, without addresses; null where there are none. */
export function errorOf(
  texts: readonly unknown[],
  { code = 0, enhancedCode = null }: { code?: number; enhancedCode?: string | null } = {},
): MailEvent['error'] {
  const message = cleanError(
    texts.flatMap((text) => (typeof text === 'string' && text.trim() !== '' ? [text.trim()] : [])).join(': '),
  );
  return message === '' && code === 0 && enhancedCode === null ? null : { code, enhancedCode, message };
}

/** What an event means; the provider's own name of it is gone. */
export type Meaning = Pick<MailEvent, 'type' | 'severity'> & Partial<Pick<MailEvent, 'isMachine' | 'isSuppressed'>>;

export const meanings = {
  accepted: { type: 'accepted', severity: null },
  delivered: { type: 'delivered', severity: null },
  opened: { type: 'opened', severity: null },
  openedByMachine: { type: 'opened', severity: null, isMachine: true },
  clicked: { type: 'clicked', severity: null },
  hardBounce: { type: 'failed', severity: 'permanent' },
  softBounce: { type: 'failed', severity: 'temporary' },
  blocked: { type: 'blocked', severity: null },
  complained: { type: 'complained', severity: null },
  unsubscribed: { type: 'unsubscribed', severity: null },
  other: { type: 'other', severity: null },
} as const satisfies Record<string, Meaning>;

/** Only what failed has an error. */
export const hasError = ({ type }: Meaning): boolean =>
  type === 'failed' || type === 'blocked' || type === 'complained';
