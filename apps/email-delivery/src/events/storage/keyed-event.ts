import { hash } from 'node:crypto';
import type { AddressHash } from '../../deliveries/keyed-address';
import type { MailEvent } from '../mail-event';

/** An event as it is stored: known by `key`, its recipient only as a hash. */
export interface KeyedEvent {
  event: MailEvent;
  key: Buffer;
  addressHash: Buffer;
  /** How often it stands in its page, and where first. */
  times: number;
  place: number;
}

const keyBytes = 16;
/** Provider events are of our time; what Postgres or a reader could not take is a fault of the event. */
const earliestMs = Date.UTC(2000, 0, 1);
const latestMs = Date.UTC(2200, 0, 1);

const isStorable = ({ id, at, recipient }: MailEvent): boolean =>
  typeof id === 'string' &&
  typeof recipient === 'string' &&
  at instanceof Date &&
  at.getTime() >= earliestMs &&
  at.getTime() < latestMs;

const eventKey = ({ provider, id }: MailEvent): Buffer =>
  hash('sha256', `${provider}\n${id}`, 'buffer').subarray(0, keyBytes);

/** Each event of the page once, sorted by key; an event nobody could store is left out. */
export function keyEvents(events: readonly MailEvent[], hashAddress: AddressHash): KeyedEvent[] {
  const byKey = new Map<string, KeyedEvent>();
  for (const [place, event] of events.entries()) {
    if (!isStorable(event)) continue;
    const key = eventKey(event);
    const name = key.toString('latin1');
    const known = byKey.get(name);
    if (known) known.times += 1;
    else byKey.set(name, { event, key, addressHash: hashAddress(event.recipient), times: 1, place });
  }
  return [...byKey.values()].sort((a, b) => a.key.compare(b.key));
}
