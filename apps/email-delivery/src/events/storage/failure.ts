import type { MailEvent } from '../mail-event';
import { isFinalFailure } from './delivery-times';

/** A row of mail.failures: why the newest attempt at a mail failed. */
export interface Failure {
  severity: 'temporary' | 'permanent';
  code: number;
  enhancedCode: string | null;
  /** Without addresses. */
  message: string;
  failedAt: Date;
  eventKey: Buffer;
  /** Failed attempts the provider told of. */
  attempts: number;
  isSuppressed: boolean;
}

const longestMessage = 2_000;
const longestEnhancedCode = 50;
const largestCode = 2_147_483_647;

/** On one line, without addresses: providers quote the recipient, and the row outlives what we may know of people. */
const cleanText = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/[^\s"'<>()[\]{},;:]+(?:@|%40)[^\s"'<>()[\]{},;:]+/gi, '[REDACTED]')
    .trim();

const textOr = (text: unknown): string => (typeof text === 'string' ? cleanText(text) : '');

const isCode = (code: unknown): code is number =>
  Number.isInteger(code) && (code as number) >= 0 && (code as number) <= largestCode;

/** Null without error data, and for what is no failure (email-events.md §7.1 rule 1). */
export function failureOf(event: MailEvent, eventKey: Buffer): Failure | null {
  const { type, error, at, isSuppressed } = event;
  if ((type !== 'failed' && type !== 'blocked') || !error) return null;
  const code = isCode(error.code) ? error.code : 0;
  const enhancedCode = textOr(error.enhancedCode).slice(0, longestEnhancedCode) || null;
  return {
    severity: isFinalFailure(event) ? 'permanent' : 'temporary',
    code,
    enhancedCode,
    message: textOr(error.message).slice(0, longestMessage) || `Error ${enhancedCode ?? code}`,
    failedAt: at,
    eventKey,
    attempts: 1,
    isSuppressed,
  };
}

/** Of two failures of one mail at the same time the one with the larger key counts as later, wherever they come from. */
const compare = (a: Failure, b: Failure): number =>
  a.failedAt.getTime() - b.failedAt.getTime() || a.eventKey.compare(b.eventKey);

/**
 * The row after one more failure (email-events.md §7.1 rules 2 to 5): the first permanent one stays, before it the newest
 * temporary one. The result of many does not depend on the order they come in.
 */
export function afterFailure(row: Failure | null, failure: Failure): Failure {
  if (!row) return failure;
  const attempts = row.attempts + failure.attempts;
  if (row.severity !== failure.severity) return { ...(row.severity === 'permanent' ? row : failure), attempts };
  const [first, last] = compare(row, failure) <= 0 ? [row, failure] : [failure, row];
  return { ...(row.severity === 'permanent' ? first : last), attempts };
}
