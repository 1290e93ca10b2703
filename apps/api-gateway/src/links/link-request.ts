import { decodeRef } from '@groundswell/crypto';
import { parseDoi } from '@groundswell/domain';
import type { ConfirmInput } from '../confirms/confirm-match';

export type Verb = 'accept' | 'reject';

/** A link a supporter follows, as it names its action and its supporter. */
export interface SupporterLink {
  actionId: number;
  /** Fingerprint of the supporter. */
  fingerprint: Buffer;
}

export interface ConfirmLink extends SupporterLink {
  verb: Verb;
  /** As given, null when not given. */
  doi: string | null;
  isOptIn: boolean;
}

/** Values of a query string: a repeated parameter is a list. */
export type Query = Readonly<Record<string, unknown>>;

export interface FollowedLink {
  /** HEAD looks only. */
  method: string;
  /** Path and query, as received. */
  url: string;
  query: Query;
  /** `Authorization` header. */
  authorization?: string | undefined;
  /** `Accept` header. */
  accept?: string | undefined;
  /** Address of who follows it. */
  ip?: string;
}

export interface CodeLink {
  verb: Verb;
  code: string;
}

const digits = /^\d+$/;
const wholeNumber = /^[1-9]\d{0,15}$/;
const truths: ReadonlySet<string | null> = new Set(['1', 'true', 'yes']);

/** The value of a parameter, the last one of a repeated one; null when absent or empty. */
export function parameter(query: Query, name: string): string | null {
  const value = query[name];
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  return typeof last === 'string' && last !== '' ? last : null;
}

/** Null: the link is malformed. */
export function parseSupporterLink(params: { actionId: string; ref: string }): SupporterLink | null {
  const fingerprint = decodeRef(params.ref);
  const actionId = wholeNumber.test(params.actionId) ? Number(params.actionId) : NaN;
  if (!fingerprint || !Number.isSafeInteger(actionId)) return null;
  return { actionId, fingerprint };
}

/** Null: the link is malformed. */
export function parseConfirmLink(
  params: { actionId: string; ref: string; verb: string },
  query: Query,
): ConfirmLink | null {
  const link = parseSupporterLink(params);
  const doi = parseDoi(parameter(query, 'doi'));
  const { verb } = params;
  if (!link || !doi.ok || (verb !== 'accept' && verb !== 'reject')) return null;
  return { ...link, verb, doi: doi.doi, isOptIn: doi.isOptIn };
}

/** Null: the link is malformed. */
export const parseCodeLink = ({ verb, code }: { verb: string; code: string }): CodeLink | null =>
  (verb === 'accept' || verb === 'reject') && digits.test(code) ? { verb, code } : null;

/** The confirm a link is for: with the address or the object it was made for. */
export function confirmOfLink({ code }: CodeLink, query: Query): ConfirmInput {
  const id = parameter(query, 'id');
  const objectId = id !== null && wholeNumber.test(id) ? Number(id) : null;
  return { code, email: parameter(query, 'email'), objectId };
}

/** A browser whose user has not been asked who they are. Tools send credentials, or do not ask for pages. */
export const isBrowserVisit = ({ authorization, accept }: FollowedLink): boolean =>
  authorization === undefined && (accept ?? '').toLowerCase().includes('text/html');

/** Whether the link came from a reminder mail. */
export const isReminder = (query: Query): boolean => truths.has(parameter(query, 'reminder'));
