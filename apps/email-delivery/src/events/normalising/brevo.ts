import { asList, asObject } from '../../providers/http/json-body';
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

/** `deferred` and `error` are only counted, as is every name we do not know. */
const meaningOfName = new Map<string, Meaning>([
  ['request', meanings.accepted],
  ['delivered', meanings.delivered],
  ['opened', meanings.opened],
  ['unique_opened', meanings.opened],
  ['proxy_open', meanings.openedByMachine],
  ['unique_proxy_open', meanings.openedByMachine],
  ['click', meanings.clicked],
  ['hard_bounce', meanings.hardBounce],
  ['invalid_email', meanings.hardBounce],
  ['soft_bounce', meanings.softBounce],
  ['blocked', meanings.blocked],
  ['spam', meanings.complained],
  ['unsubscribed', meanings.unsubscribed],
]);

/** The first tag is the custom id; the row's id stands behind `d:`. */
const idsOf = (tags: readonly unknown[]): Pick<MailEvent, 'customId' | 'deliveryId'> => {
  const ofRow = tags.map((tag) => /^d:(\d+)$/.exec(typeof tag === 'string' ? tag : '')?.[1]).find(Boolean);
  return { customId: customIdOf(tags[0]), deliveryId: deliveryIdOf(ofRow) };
};

/** One event of Brevo's (email-and-mtt.md §4). Its `id` is that of the webhook, the same for all. Throws
 *  UnreadableEventError. */
export function normaliseBrevo(raw: unknown, origin: EventOrigin): MailEvent[] {
  const event = asObject(raw);
  if (typeof event.event !== 'string') throw new UnreadableEventError('no event name');
  const meaning = meaningOfName.get(event.event) ?? meanings.other;
  const recipient = addressOf(event.email);
  const providerMessageId = messageIdOf(event['message-id']);
  const { ts_event: seconds, ts, ts_epoch: milliseconds } = event;
  return [
    {
      id: stableEventId(
        'brevo',
        providerMessageId,
        event.event,
        seconds ?? ts ?? milliseconds ?? event.date,
        recipient,
      ),
      provider: 'brevo',
      serviceId: origin.serviceId,
      isMachine: false,
      isSuppressed: false,
      ...meaning,
      recipient,
      ...idsOf(asList(event.tags)),
      providerMessageId,
      at: instantOf([secondsToMs(seconds), secondsToMs(ts), Number(milliseconds)], origin),
      error: hasError(meaning) ? errorOf([event.reason]) : null,
    },
  ];
}
