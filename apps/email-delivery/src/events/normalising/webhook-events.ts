import type { MailWebhookV1 } from '@groundswell/contracts';
import type { MailEvent } from '../mail-event';
import { normaliseBrevo } from './brevo';
import type { EventOrigin } from './event-fields';
import { normaliseMailjet } from './mailjet';
import { normaliseSes } from './ses';
import { leftOutProvider, readLeftOut } from './left-out-event';
import { UnreadableEventError } from './unreadable-event.error';

/** Who says it: a provider's webhook, or a row kept for a person. */
export type EventSource = MailWebhookV1['provider'] | typeof leftOutProvider;
type Normalise = (raw: unknown, origin: EventOrigin) => MailEvent[];

/** Mailgun's events are polled (email-events.md §2). */
const normalisers = new Map<EventSource, Normalise>([
  ['mailjet', normaliseMailjet],
  ['brevo', normaliseBrevo],
  ['ses', normaliseSes],
  [leftOutProvider, readLeftOut],
]);

/** One event as it came, and what it means; or why it means nothing to us. */
export type ReadEvent = { raw: unknown; events: MailEvent[] } | { raw: unknown; fault: string };

/** Each event of a webhook by itself: one that is unreadable says nothing about its neighbours. */
export function readEvents(provider: EventSource, body: unknown, origin: EventOrigin): ReadEvent[] {
  const normalise = normalisers.get(provider);
  return (Array.isArray(body) ? (body as unknown[]) : [body]).map((raw) => {
    if (!normalise) return { raw, fault: 'no webhook of this provider is read' };
    try {
      return { raw, events: normalise(raw, origin) };
    } catch (error) {
      if (error instanceof UnreadableEventError) return { raw, fault: error.message };
      throw error;
    }
  });
}
