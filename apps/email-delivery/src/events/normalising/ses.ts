import { asList, asObject, asText, type JsonObject } from '../../providers/http/json-body';
import type { MailEvent } from '../mail-event';
import {
  addressOf,
  customIdOf,
  deliveryIdOf,
  errorOf,
  instantOf,
  isoToMs,
  meanings,
  messageIdOf,
  stableEventId,
  type EventOrigin,
  type Meaning,
} from './event-fields';
import { UnreadableEventError } from './unreadable-event.error';
import { parseWebhook } from './webhook-json';

/** What one notification says of each of its recipients. */
interface Told {
  meaning: Meaning;
  at: unknown;
  recipients: { address: unknown; error: MailEvent['error'] }[];
}

/** SES sent nothing, or would not have: its list holds the address. */
const suppressedTypes = new Set(['Suppressed', 'OnAccountSuppressionList']);

/** `smtp; 550 5.1.1 user unknown`. */
const smtpCode = (diagnostic: unknown): number =>
  Number(/^\s*(?:smtp;)?\s*([245]\d\d)\b/i.exec(typeof diagnostic === 'string' ? diagnostic : '')?.[1] ?? 0);

const enhancedCodeOf = (status: unknown): string | null =>
  typeof status === 'string' && /^\d\.\d{1,3}\.\d{1,3}$/.test(status) ? status : null;

const bounced = ({ bounceType, bounceSubType, bouncedRecipients, timestamp }: JsonObject): Told => ({
  meaning: {
    ...(bounceType === 'Permanent' ? meanings.hardBounce : meanings.softBounce),
    isSuppressed: bounceType === 'Permanent' && suppressedTypes.has(String(bounceSubType)),
  },
  at: timestamp,
  recipients: asList(bouncedRecipients)
    .map(asObject)
    .map(({ emailAddress, status, diagnosticCode }) => ({
      address: emailAddress,
      error: errorOf([diagnosticCode ?? [bounceType, bounceSubType].filter(Boolean).join(' ')], {
        code: smtpCode(diagnosticCode),
        enhancedCode: enhancedCodeOf(status),
      }),
    })),
});

const complained = (complaint: JsonObject): Told => ({
  // Nobody complained just now: the address stands on the account's list, and nothing was sent to it.
  meaning: suppressedTypes.has(String(complaint.complaintSubType))
    ? { ...meanings.hardBounce, isSuppressed: true }
    : meanings.complained,
  at: complaint.timestamp,
  recipients: asList(complaint.complainedRecipients)
    .map(asObject)
    .map(({ emailAddress }) => ({
      address: emailAddress,
      error: errorOf([complaint.complaintSubType, complaint.complaintFeedbackType]),
    })),
});

const toAll = (meaning: Meaning, at: unknown, recipients: unknown): Told => ({
  meaning,
  at,
  recipients: asList(recipients).map((address) => ({ address, error: null })),
});

function toldBy(name: string, notification: JsonObject, mail: JsonObject): Told {
  const delivery = asObject(notification.delivery);
  switch (name) {
    case 'Bounce':
      return bounced(asObject(notification.bounce));
    case 'Complaint':
      return complained(asObject(notification.complaint));
    case 'Delivery':
      return toAll(meanings.delivered, delivery.timestamp, delivery.recipients);
    case 'Send':
      return toAll(meanings.accepted, mail.timestamp, mail.destination);
    case 'Open':
      return toAll(meanings.opened, asObject(notification.open).timestamp, mail.destination);
    case 'Click':
      return toAll(meanings.clicked, asObject(notification.click).timestamp, mail.destination);
    default:
      return toAll(meanings.other, mail.timestamp, mail.destination);
  }
}

const headerOf = ({ headers }: JsonObject, name: string): unknown =>
  asList(headers)
    .map(asObject)
    .find((header) => asText(header.name)?.toLowerCase() === name)?.value;

/** A notification of SES, as SNS wraps it or bare: both its forms, `eventType` and `notificationType`. One event for each
 *  recipient (email-and-mtt.md §4). Throws UnreadableEventError. */
export function normaliseSes(raw: unknown, origin: EventOrigin): MailEvent[] {
  const notification = unwrapped(asObject(raw));
  const mail = asObject(notification.mail);
  const name = asText(notification.eventType) ?? asText(notification.notificationType);
  if (name === null) throw new UnreadableEventError('no event name');
  const { meaning, at, recipients } = toldBy(name, notification, mail);
  const providerMessageId = messageIdOf(mail.messageId);
  const tag = asList(asObject(mail.tags)['delivery-id'])[0];
  const ids = {
    deliveryId: deliveryIdOf(tag) ?? deliveryIdOf(headerOf(mail, 'x-groundswell-delivery')),
    customId: customIdOf(headerOf(mail, 'x-proca-id')),
  };
  if (recipients.length === 0) throw new UnreadableEventError('no recipient');
  return recipients.map(({ address, error }): MailEvent => {
    const recipient = addressOf(address);
    return {
      id: stableEventId('ses', providerMessageId, name, at, recipient),
      provider: 'ses',
      serviceId: origin.serviceId,
      isMachine: false,
      isSuppressed: false,
      ...meaning,
      recipient,
      ...ids,
      providerMessageId,
      at: instantOf([isoToMs(at)], origin),
      error,
    };
  });
}

/** SNS carries it as text. */
function unwrapped(body: JsonObject): JsonObject {
  if (typeof body.Message !== 'string') return body;
  try {
    return asObject(parseWebhook(body.Message));
  } catch {
    throw new UnreadableEventError('the notification is no JSON');
  }
}
