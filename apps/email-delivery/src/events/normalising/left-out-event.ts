import type { MailEvent } from '../mail-event';
import { UnreadableEventError } from './unreadable-event.error';

/** Provider of rows of mail.webhooks that hold an event of ours, which its page could not be stored with. */
export const leftOutProvider = 'left-out-event';

export const leftOutBody = (event: MailEvent): string => JSON.stringify([event]);

/** The event as it was. Throws UnreadableEventError. */
export function readLeftOut(raw: unknown): MailEvent[] {
  const event = raw as MailEvent;
  const at = new Date(event.at);
  if (typeof event.id !== 'string' || Number.isNaN(at.getTime())) throw new UnreadableEventError('no event of ours');
  return [{ ...event, at }];
}
