import { recordOf, truthOf, type MailTruth, type MockEvent } from './mock-event';

/** One line of a log; what cannot be an event has a time and a raw record only. */
export interface LogEntry {
  us: number;
  /** Order among entries of the same instant. */
  seq: number;
  visibleMs: number;
  event: MockEvent | null;
  record(): unknown;
}

export interface Place {
  us: number;
  seq: number;
}

/** The events of one domain in order of time. */
export interface EventLog {
  /** Entries strictly after a place, or strictly before it and backwards. */
  after(place: Place): Iterable<LogEntry>;
  before(place: Place): Iterable<LogEntry>;
  /** By delivery id. */
  truth(): Iterable<[number, MailTruth]>;
}

/** Events written down one by one; any order, any time. */
export class WrittenLog implements EventLog {
  private readonly entries: LogEntry[] = [];
  private written = 0;

  add(event: MockEvent): void {
    this.insert(event.us, event.visibleMs, event, () => recordOf(event));
  }

  /** A record that is no event, or only nearly one. */
  addRaw(us: number, record: unknown): void {
    this.insert(us, us / 1000, null, () => record);
  }

  *after(place: Place): Iterable<LogEntry> {
    for (let at = this.indexAfter(place); at < this.entries.length; at += 1) yield this.entries[at] as LogEntry;
  }

  *before(place: Place): Iterable<LogEntry> {
    for (let at = this.indexAfter({ ...place, seq: place.seq - 1 }) - 1; at >= 0; at -= 1) {
      yield this.entries[at] as LogEntry;
    }
  }

  *truth(): Iterable<[number, MailTruth]> {
    const byMail = new Map<number, MockEvent[]>();
    for (const { event } of this.entries) {
      if (event?.deliveryId == null) continue;
      const known = byMail.get(event.deliveryId);
      if (known) known.push(event);
      else byMail.set(event.deliveryId, [event]);
    }
    for (const [id, events] of byMail) yield [id, truthOf(events)];
  }

  private insert(us: number, visibleMs: number, event: MockEvent | null, record: () => unknown): void {
    this.written += 1;
    const entry = { us, seq: this.written, visibleMs, event, record };
    this.entries.splice(this.indexAfter(entry), 0, entry);
  }

  private indexAfter({ us, seq }: Place): number {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.entries[middle] as LogEntry;
      if (entry.us < us || (entry.us === us && entry.seq <= seq)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
