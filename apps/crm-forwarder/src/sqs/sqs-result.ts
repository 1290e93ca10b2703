import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { CallFault, cleanError, retryAfterMs } from '@groundswell/http';
import type { PushResult } from '../pushing/push-backend';

/** As far as the SDK's errors are read here. */
interface SqsError extends Error {
  Code?: string;
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number; headers?: Record<string, string> };
}

/** SQS says no time: long enough for a second's quota to come back, with room. */
const throttlePauseMs = 10_000;
const throttling = /throttl|toomanyrequests|overlimit|limitexceeded|requestlimit|slowdown/i;
/** The message, or the size of the batch: another one may fare better. */
const ofMessage =
  /InvalidMessageContents|BatchRequestTooLong|InvalidParameter|InvalidAttribute|MessageTooLong|MissingParameter/i;
/** Named in an error of a parameter where it is the settings that are wrong. */
const ofQueue = /queue ?url|queue type/i;
/** Keys, rights and the key that encrypts the queue: SQS calls these the sender's fault too. */
const ofAccess = /AccessDenied|NotAuthorized|Kms|ClientToken|Signature|ExpiredToken|OptInRequired|NonExistentQueue/i;

const paused = (headers: Record<string, string> | undefined) => ({
  retryAfterMs: retryAfterMs(headers?.['retry-after']) ?? throttlePauseMs,
});

/** Of a call that threw: for each of its messages, but `failed` blames one that has yet to be found. */
export function resultOfSqsError(thrown: unknown): PushResult {
  if (thrown instanceof CallFault) return { outcome: 'retry', error: cleanError(thrown.message), ofEndpoint: true };
  const error = thrown as SqsError;
  const status = error.$metadata?.httpStatusCode ?? error.$response?.statusCode;
  const text = cleanError(`${error.name}: ${error.message}`);
  const retry = { outcome: 'retry' as const, error: text, ofEndpoint: true, ...(status ? { status } : {}) };
  // An answer of success that cannot be read, a redirect, or a fault inside the SDK.
  if (status === undefined || status < 400) return retry;
  const code = `${error.name} ${error.Code ?? ''}`;
  if (throttling.test(code) || status === 429 || status === 503) {
    return { ...retry, ...paused(error.$response?.headers) };
  }
  const isOfMessage = status === 413 || (status < 500 && ofMessage.test(code) && !ofQueue.test(error.message));
  return isOfMessage ? { outcome: 'failed', error: text, status } : retry;
}

/** Of one message, while others of its call may have been taken. */
export function resultOfEntry({ Code = 'Unknown', Message, SenderFault }: BatchResultErrorEntry): PushResult {
  const error = cleanError(Message ? `${Code}: ${Message}` : Code);
  if (throttling.test(Code)) return { outcome: 'retry', error, ...paused(undefined) };
  if (!SenderFault || ofAccess.test(Code) || ofQueue.test(Message ?? '')) return { outcome: 'retry', error };
  return { outcome: 'failed', error };
}
