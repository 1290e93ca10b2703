import type { AddressHash } from '../../deliveries/keyed-address';
import type { MailEvent } from '../mail-event';
import { keyEvents, type KeyedEvent } from '../storage/keyed-event';

/** What makes storable events of a page, each once, in the order of their keys. Moves between threads without a copy. */
export interface PreparedPage {
  /** Where each stands in the page, and how often. */
  places: Int32Array<ArrayBuffer>;
  times: Int32Array<ArrayBuffer>;
  /** One after the other. */
  keys: Uint8Array<ArrayBuffer>;
  hashes: Uint8Array<ArrayBuffer>;
}

export function preparePage(events: readonly MailEvent[], hashAddress: AddressHash): PreparedPage {
  const keyed = keyEvents(events, hashAddress);
  return {
    places: Int32Array.from(keyed, ({ place }) => place),
    times: Int32Array.from(keyed, ({ times }) => times),
    keys: joined(keyed.map(({ key }) => key)),
    hashes: joined(keyed.map(({ addressHash }) => addressHash)),
  };
}

/** The same with the events of the page it was made of. */
export function keyedOf(events: readonly MailEvent[], { places, times, keys, hashes }: PreparedPage): KeyedEvent[] {
  const count = Math.max(places.length, 1);
  const [keyBytes, hashBytes] = [keys.length / count, hashes.length / count];
  const part = (bytes: Uint8Array, size: number, index: number): Buffer =>
    Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset + index * size, size);
  return Array.from(places, (place, index) => ({
    event: events[place] as MailEvent,
    key: part(keys, keyBytes, index),
    addressHash: part(hashes, hashBytes, index),
    times: times[index] as number,
    place,
  }));
}

function joined(parts: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const size = parts[0]?.length ?? 0;
  const bytes = new Uint8Array(size * parts.length);
  parts.forEach((part, index) => bytes.set(part, index * size));
  return bytes;
}
