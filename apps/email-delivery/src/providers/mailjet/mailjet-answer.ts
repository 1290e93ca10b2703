import { cleanError, isSuccess, retryAfterMs, type Answered } from '@groundswell/http';
import { resultOfRefusal } from '../http/answer-result';
import { keyNames } from '../http/key-names';
import { asList, asObject, asText, parseJson, type JsonObject } from '../http/json-body';
import type { SendResult } from '../mail-provider';

/** Message ids have up to 19 digits, more than a number holds: they are read as text. */
const quoteMessageIds = (text: string): string => text.replace(/"MessageID"\s*:\s*(\d+)/g, '"MessageID":"$1"');

/** The code of a recipient's invalid address, where the error names no property. */
const invalidAddress = 'mj-0013';

export interface MailjetResults {
  results: SendResult[];
  /** The answer spoke of the call as a whole, of no single mail. */
  isWhole: boolean;
}

/** One result per mail of the call. A body without `Messages` is about the whole call; with them each mail has its own
 *  answer, whatever the status of the whole. */
export function mailjetResults(answer: Answered, count: number): MailjetResults {
  const body = parseJson(quoteMessageIds(answer.text));
  const messages = asObject(body).Messages;
  const list = Array.from<unknown>({ length: count });
  if (Array.isArray(messages)) {
    return { results: list.map((_, index) => resultOfMessage(messages[index], answer)), isWhole: false };
  }
  const whole: SendResult = isSuccess(answer)
    ? { outcome: 'unknown', error: `answer without Messages (${keyNames(body)})` }
    : resultOfRefusal(answer);
  return { results: list.map(() => whole), isWhole: true };
}

function resultOfMessage(value: unknown, answer: Answered): SendResult {
  const message = asObject(value);
  const errors = asList(message.Errors).map(asObject);
  if (String(message.Status).toLowerCase() === 'success' && errors.length === 0) {
    return { outcome: 'sent', providerMessageId: asText(asObject(asList(message.To)[0]).MessageID) };
  }
  if (errors.length === 0) return { outcome: 'unknown', error: `message without result (${keyNames(value)})` };
  const error = cleanError(errors.map(textOf).join('; '));
  if (errors.some((one) => 'ErrorRelatedTo' in one)) {
    return { outcome: 'refused', error, ...(errors.some(isAboutRecipient) ? { bounced: true } : {}) };
  }
  const waitMs = retryAfterMs(answer.headers['retry-after']);
  const isAccount = errors.some((one) => one.StatusCode === 401 || one.StatusCode === 403);
  return {
    outcome: 'retry',
    error,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    ...(isAccount ? { account: true } : {}),
  };
}

const textOf = (error: JsonObject): string =>
  [asText(error.ErrorCode), asText(error.ErrorMessage)].filter(Boolean).join(': ') || keyNames(error);

/** A bad sender, subject or template says nothing about the recipient's address. */
function isAboutRecipient(error: JsonObject): boolean {
  const related = [error.ErrorRelatedTo].flat().filter((name) => typeof name === 'string' && name !== '');
  if (related.length === 0) return 'ErrorRelatedTo' in error && error.ErrorCode === invalidAddress;
  return related.some((name) => /^(Messages\[\d+\]\.)?To\b/i.test(String(name)));
}
