import { cleanError } from '@groundswell/http';
import { asObject, asText, type JsonObject } from '../../providers/http/json-body';
import type { MailEvent, MailEventType } from '../mail-event';
import { customIdOf, deliveryIdOf, messageIdOf } from './event-fields';

const maxMessageLength = 2_000;
const maxEnhancedCodeLength = 50;

const types = new Map<string, MailEventType>([
  ['accepted', 'accepted'],
  ['delivered', 'delivered'],
  ['opened', 'opened'],
  ['clicked', 'clicked'],
  ['failed', 'failed'],
  ['unsubscribed', 'unsubscribed'],
  ['complained', 'complained'],
  ['rejected', 'blocked'],
]);

/** When the event happened, in whole ms; null where the record does not tell. Mailgun gives seconds with six decimals. */
export function mailgunInstant(record: JsonObject): Date | null {
  const { timestamp } = record;
  if (typeof timestamp !== 'number' || !(timestamp > 0)) return null;
  const at = new Date(Math.floor(Math.round(timestamp * 1e6) / 1e3));
  return Number.isNaN(+at) ? null : at;
}

/** One record of Mailgun's events, polled or in a webhook's `event-data`. Null for one that names no mail or is no event:
 *  nothing can be done with it. Mailgun's ids are unique within a day, so the day is part of ours. */
export function normaliseMailgun(value: unknown, serviceId: number | null): MailEvent | null {
  const record = asObject(value);
  const [id, name, recipient] = [asText(record.id), asText(record.event), asText(record.recipient)];
  const at = mailgunInstant(record);
  const mail = correlationOf(record);
  if (id === null || name === null || recipient === null || at === null || mail === null) return null;
  const type = types.get(name) ?? 'other';
  const severity = type === 'failed' ? (record.severity === 'permanent' ? 'permanent' : 'temporary') : null;
  return {
    id: `${id}@${at.toISOString().slice(0, 10)}`,
    provider: 'mailgun',
    serviceId,
    type,
    severity,
    recipient: recipient.trim().toLowerCase(),
    ...mail,
    at,
    error: type === 'failed' || type === 'blocked' ? errorOf(asObject(record['delivery-status'])) : null,
    isMachine: (asText(asObject(record['client-info']).bot) ?? '') !== '',
    isSuppressed: severity === 'permanent' && (asText(record.reason) ?? '').startsWith('suppress'),
  };
}

function correlationOf(record: JsonObject): Pick<MailEvent, 'deliveryId' | 'providerMessageId' | 'customId'> | null {
  const variables = asObject(record['user-variables']);
  const mail = {
    deliveryId: deliveryIdOf(variables['delivery-id']),
    providerMessageId: messageIdOf(asObject(asObject(record.message).headers)['message-id']),
    customId: customIdOf(variables['custom-id']),
  };
  return Object.values(mail).every((part) => part === null) ? null : mail;
}

/** `message` and `description` are both optional, and either may be empty. */
function errorOf(status: JsonObject): MailEvent['error'] {
  const { message, description, code } = status;
  if (typeof message !== 'string' && typeof description !== 'string') return null;
  const text = [message, description].find((part) => typeof part === 'string' && part !== '') ?? '';
  const enhancedCode = asText(status['enhanced-code']);
  return {
    code: typeof code === 'number' && Number.isInteger(code) && code >= 0 ? code : 0,
    enhancedCode: enhancedCode?.slice(0, maxEnhancedCodeLength) ?? null,
    message: cleanError(text as string, maxMessageLength),
  };
}
