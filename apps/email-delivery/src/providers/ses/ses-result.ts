import { CallFault, cleanError, retryAfterMs } from '@groundswell/http';
import { resultOfFault } from '../http/answer-result';
import type { SendResult } from '../mail-provider';

/** As far as the SDK's errors are read here. */
interface SesError extends Error {
  Code?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
}

const throttling = /throttl|toomanyrequests|limitexceeded|requestlimit|slowdown|requesttimeout/i;
/** Keys, rights, or sending switched off: nothing about the mail. */
const ofAccount =
  /^(AccessDenied|AccessDeniedException|AccountSendingPaused.*|InvalidClientTokenId|SignatureDoesNotMatch|IncompleteSignature|MissingAuthenticationToken.*|UnrecognizedClientException|ExpiredToken.*|OptInRequired|NotAuthorized|ConfigurationSet.*)$/;
const suppressed = /address (is )?blacklisted|on the suppression list/i;

/** Of a call that threw. */
export function resultOfSesError(thrown: unknown): SendResult {
  if (thrown instanceof CallFault) return resultOfFault(thrown.result);
  const error = thrown as SesError;
  const status = error.$metadata?.httpStatusCode;
  const text = cleanError(`${error.name}: ${error.message}`);
  // An answer of success that cannot be read, or a fault inside the SDK, before or after the call.
  if (status === undefined || status < 300) return { outcome: 'unknown', error: text };
  if (ofAccount.test(error.name) || status === 401 || status === 403) {
    return { outcome: 'retry', error: text, account: true };
  }
  if (throttling.test(error.name) || [408, 425, 429].includes(status) || status >= 500) {
    const waitMs = retryAfterMs(error.$response?.headers?.['retry-after']);
    return { outcome: 'retry', error: text, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
  }
  return { outcome: 'refused', error: text, ...(suppressed.test(error.message) ? { bounced: true } : {}) };
}
