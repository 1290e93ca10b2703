import { createHmac } from 'node:crypto';
import { quotedLocalPart, type AddressParts } from './mail-address';

export interface SrsSettings {
  /** EMAIL_SRS_KEY */
  key: string;
  /** EMAIL_SRS_PREFIX, `SRS0` where not set. */
  prefix?: string;
}

const defaultPrefix = 'SRS0';
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const dayMs = 86_400_000;
const days = 1024;
const longestLocalPart = 64;

/** Day of the instant in base 32, without padding: day 0 is "". */
function dayText(at: Date): string {
  const day = Math.floor(at.getTime() / dayMs) % days;
  if (day === 0) return '';
  const low = alphabet.charAt(day % alphabet.length);
  return day < alphabet.length ? low : alphabet.charAt(Math.floor(day / alphabet.length)) + low;
}

const hashOf = (key: string, text: string): string =>
  createHmac('sha1', key).update(text).digest('hex').slice(0, 4).toUpperCase();

/**
 * Local part that stands for an address at another domain (email-and-mtt.md 1.5), in quotes where needed. Null when it is
 * longer than a local part may be.
 */
export function srsLocalPart(
  { local, domain }: AddressParts,
  { key, prefix = defaultPrefix }: SrsSettings,
  at: Date,
): string | null {
  const day = dayText(at);
  const text = quotedLocalPart(`${prefix}=${hashOf(key, day + domain + local)}=${day}=${domain}=${local}`);
  return Buffer.byteLength(text) > longestLocalPart ? null : text;
}

export interface OpenedSrs extends AddressParts {
  /** Whole days since it was made, modulo 1024. */
  ageDays: number;
}

const unquoted = (local: string): string =>
  /^".*"$/s.test(local) ? local.slice(1, -1).replace(/\\(.)/gs, '$1') : local;

/** The address that a local part made with the same key stands for, else null. */
export function openSrsLocalPart(
  local: string,
  { key, prefix = defaultPrefix }: SrsSettings,
  at: Date,
): OpenedSrs | null {
  const parts = /^([0-9A-F]{4})=([A-Z2-7]{0,2})=([^=]+)=(.+)$/s.exec(afterPrefix(unquoted(local), prefix) ?? '');
  if (!parts) return null;
  const [, hash = '', day = '', domain = '', user = ''] = parts;
  if (hashOf(key, day + domain + user) !== hash) return null;
  const [high = '', low = ''] = day.padStart(2, 'A');
  const made = alphabet.indexOf(high) * alphabet.length + alphabet.indexOf(low);
  const today = Math.floor(at.getTime() / dayMs) % days;
  return { local: user, domain, ageDays: (today - made + days) % days };
}

const afterPrefix = (text: string, prefix: string): string | null =>
  text.startsWith(`${prefix}=`) ? text.slice(prefix.length + 1) : null;
