import type { MailWebhookV1 } from '@groundswell/contracts';
import type { MailEvent } from '../mail-event';
import { normaliseBrevo } from './brevo';
import type { EventOrigin } from './event-fields';
import { normaliseMailjet } from './mailjet';
import { normaliseSes } from './ses';
import { UnreadableEventError } from './unreadable-event.error';

type Provider = MailWebhookV1['provider'];
type Normalise = (raw: unknown, origin: EventOrigin) => MailEvent[];

/** Mailgun's events are polled (email-events.md §2). */
const normalisers = new Map<Provider, Normalise>([
  ['mailjet', normaliseMailjet],
  ['brevo', normaliseBrevo],
  ['ses', normaliseSes],
]);

/** One event as it came, and what it means; or why it means nothing to us. */
export type ReadEvent = { raw: unknown; events: MailEvent[] } | { raw: unknown; fault: string };

/** Each event of a webhook by itself: one that is unreadable says nothing about its neighbours. */
export function readEvents(provider: Provider, body: unknown, origin: EventOrigin): ReadEvent[] {
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
