import { asObject, type JsonObject } from '../../providers/http/json-body';
import type { MailEvent } from '../mail-event';
import {
  addressOf,
  customIdOf,
  deliveryIdOf,
  errorOf,
  hasError,
  instantOf,
  meanings,
  messageIdOf,
  secondsToMs,
  stableEventId,
  type EventOrigin,
  type Meaning,
} from './event-fields';
import { UnreadableEventError } from './unreadable-event.error';

/** Mailjet's own list holds the address: nothing was sent. */
const suppressedError = 'preblocked';

const meaningOf = ({ event, hard_bounce: isHard, error }: JsonObject): Meaning => {
  switch (event) {
    case 'sent':
      return meanings.delivered;
    case 'open':
      return meanings.opened;
    case 'click':
      return meanings.clicked;
    case 'bounce':
      return isHard === true ? meanings.hardBounce : meanings.softBounce;
    case 'blocked':
      return { ...meanings.blocked, isSuppressed: error === suppressedError };
    case 'spam':
      return meanings.complained;
    case 'unsub':
      return meanings.unsubscribed;
    default:
      return meanings.other;
  }
};

/** The row's id travels in `EventPayload`, which comes back as `Payload`. */
const payloadId = (payload: unknown): number | null => {
  try {
    return typeof payload === 'string' ? deliveryIdOf(asObject(JSON.parse(payload)).d) : null;
  } catch {
    // Whoever else sends through the account may have put anything there.
    return null;
  }
};

/** One event of Mailjet's (email-and-mtt.md §4). Throws UnreadableEventError. */
export function normaliseMailjet(raw: unknown, origin: EventOrigin): MailEvent[] {
  const event = asObject(raw);
  if (typeof event.event !== 'string') throw new UnreadableEventError('no event name');
  const meaning = meaningOf(event);
  const recipient = addressOf(event.email);
  const providerMessageId = messageIdOf(event.MessageID);
  return [
    {
      id: stableEventId('mailjet', providerMessageId ?? event.Message_GUID, event.event, event.time, recipient),
      provider: 'mailjet',
      serviceId: origin.serviceId,
      isMachine: false,
      isSuppressed: false,
      ...meaning,
      recipient,
      deliveryId: payloadId(event.Payload),
      providerMessageId,
      customId: customIdOf(event.CustomID),
      at: instantOf([secondsToMs(event.time)], origin),
      error: hasError(meaning) ? errorOf([event.error_related_to, event.error, event.comment]) : null,
    },
  ];
}
