import { cleanError, retryAfterMs, type Answered, type CallResult } from '@groundswell/http';
import type { SendResult } from '../mail-provider';
import { asObject, asText, parseJson } from './json-body';

const retryable = new Set([408, 425, 429]);
/** The account or its settings: a key, a right, credit, an address that does not exist there. */
const ofAccount = new Set([401, 402, 403, 404, 405, 407]);

/** What the body of a refusal says, as the four providers spell it. */
export function errorOf(answer: Answered): string {
  const body = asObject(parseJson(answer.text));
  const code = asText(body.code) ?? asText(body.ErrorCode) ?? asText(body.category);
  const message = asText(body.message) ?? asText(body.ErrorMessage);
  return cleanError([`HTTP ${answer.status}`, code, message].filter(Boolean).join(': '));
}

/** An answer other than success, whole, for the mails of its call (email-and-mtt.md 1.3, common HTTP). */
export function resultOfRefusal(answer: Answered): SendResult {
  const error = errorOf(answer);
  const { status, headers } = answer;
  if (retryable.has(status) || status >= 500) {
    const waitMs = retryAfterMs(headers['retry-after']);
    return { outcome: 'retry', error, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
  }
  // A redirect is not followed: the account names the wrong address.
  if (ofAccount.has(status) || status < 400) return { outcome: 'retry', error, account: true };
  return { outcome: 'refused', error };
}

/** A call that came to no answer. */
export function resultOfFault(fault: Exclude<CallResult, Answered>): SendResult {
  if (fault.kind === 'unknown') return { outcome: 'unknown', error: fault.error };
  return { outcome: 'retry', error: fault.error, ...(fault.kind === 'misconfigured' ? { account: true } : {}) };
}
