import { isSuccess, retryAfterMs, type Answered, type CallResult } from '@groundswell/http';
import type { PushResult } from '../pushing/push-backend';

/** Keys, rights, or an address that leads elsewhere or nowhere: other messages would meet the same. */
const ofEndpoint = new Set([401, 403, 404]);
const mayAskToWait = new Set([408, 425, 429]);

/** What a call means for its message (processing.md §8.4). `isTagged`: the address was made from the message. */
export function resultOf(result: CallResult, isTagged: boolean, excerpt: string): PushResult {
  if (result.kind !== 'answered') {
    const { kind, error } = result;
    return { outcome: 'retry', error, ...(kind === 'unknown' ? {} : { ofEndpoint: true }) };
  }
  const { status } = result;
  const seen = { status, ...(excerpt === '' ? {} : { excerpt }) };
  if (isSuccess(result)) return { ...seen, outcome: 'delivered' };
  if (status === 410) {
    return { ...seen, outcome: 'gone', error: 'HTTP 410: the endpoint asks not to be called any more' };
  }
  return { ...seen, outcome: 'retry', error: errorOf(status), ...waiting(result, isTagged) };
}

const isRedirect = (status: number): boolean => status >= 300 && status < 400;

const errorOf = (status: number): string =>
  isRedirect(status) ? `HTTP ${status}: redirects are not followed` : `HTTP ${status}`;

/** How long, and for whom: an endpoint that asks for time asks for all messages. */
function waiting({ status, headers }: Answered, isTagged: boolean): { retryAfterMs?: number; ofEndpoint?: true } {
  const asked = mayAskToWait.has(status) || status >= 500 ? retryAfterMs(headers['retry-after']) : undefined;
  const isOfAddress = !isTagged && (ofEndpoint.has(status) || isRedirect(status));
  const isOverload = status === 429 || (status === 503 && asked !== undefined);
  return {
    ...(asked === undefined ? {} : { retryAfterMs: asked }),
    ...(isOfAddress || isOverload ? { ofEndpoint: true } : {}),
  };
}
