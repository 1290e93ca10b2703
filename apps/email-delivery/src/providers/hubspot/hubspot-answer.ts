import { cleanError, isSuccess, type Answered } from '@groundswell/http';
import { errorOf, resultOfRefusal } from '../http/answer-result';
import { keyNames } from '../http/key-names';
import { asObject, asText, parseJson } from '../http/json-body';
import type { SendResult } from '../mail-provider';

/** A second call for a purpose that was already sent is ignored by HubSpot: the mail is out. */
const sent = new Set(['SENT', 'QUEUED', 'IDEMPOTENT_IGNORE']);
const later = new Set(['THROTTLED', 'ATTACHMENT_DOWNLOAD_QUEUE_FULL']);
const bounced = new Set(['INVALID_TO_ADDRESS', 'PREVIOUSLY_BOUNCED', 'UNDELIVERABLE']);
/** Whether the earlier call of this `sendId` sent anything is not said. */
const unclear = new Set(['IDEMPOTENT_FAIL']);
const ofAccount = (name: string): boolean => name.startsWith('PORTAL_') || name === 'UNCONFIGURED_SENDING_DOMAIN';

/** HubSpot answers 200 for what it will not send, too: `sendResult` and `status` say so. */
export function hubspotResult(answer: Answered): SendResult {
  const body = parseJson(answer.text);
  if (!isSuccess(answer)) return resultOfStatus(answer, body);
  const { status, statusId, sendResult, message } = asObject(body);
  const name = asText(sendResult);
  const error = cleanError([name ?? asText(status), asText(message)].filter(Boolean).join(': '));
  if (name === null) {
    if (status === 'CANCELED') return { outcome: 'refused', error };
    if (asText(statusId) !== null) return { outcome: 'sent', providerMessageId: asText(statusId) };
    return { outcome: 'unknown', error: `answer without statusId (${keyNames(body)})` };
  }
  if (sent.has(name)) return { outcome: 'sent', providerMessageId: asText(statusId) };
  if (unclear.has(name)) return { outcome: 'unknown', error };
  if (later.has(name)) return { outcome: 'retry', error };
  if (ofAccount(name)) return { outcome: 'retry', error, account: true };
  return { outcome: 'refused', error, ...(bounced.has(name) ? { bounced: true } : {}) };
}

/** An email id that does not exist is a fault of the mail, a missing address of the API one of the account. */
function resultOfStatus(answer: Answered, body: unknown): SendResult {
  const isAnError = asText(asObject(body).category) !== null;
  if (answer.status === 404 && isAnError) return { outcome: 'refused', error: errorOf(answer) };
  return resultOfRefusal(answer);
}
