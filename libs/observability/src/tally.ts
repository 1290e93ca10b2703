import type { Counter } from 'prom-client';
import type { Metrics } from './metrics';

/** One series that is counted often. */
export interface TallySlot {
  /** Add to it, never set it. */
  count: number;
}

interface Slot<L extends string> extends TallySlot {
  labels: Readonly<Record<L, string>>;
  shown: number;
}

/**
 * Counts in plain numbers what happens thousands of times a second, and hands them to its counter when somebody reads the metrics:
 * a counter works out its series anew at each event, which costs more than counting.
 */
export class Tally<L extends string> {
  private readonly slots = new Map<string, Slot<L>>();

  constructor(
    metrics: Pick<Metrics, 'onScrape'>,
    private readonly counter: Counter<L>,
  ) {
    metrics.onScrape(() => this.hand());
  }

  /** The same for the same labels; to be kept by whoever counts. */
  slot(labels: Readonly<Record<L, string>>): TallySlot {
    const key = Object.values<string>(labels).join('\n');
    let slot = this.slots.get(key);
    if (!slot) {
      slot = { labels, count: 0, shown: 0 };
      this.slots.set(key, slot);
    }
    return slot;
  }

  private hand(): void {
    for (const slot of this.slots.values()) {
      this.counter.inc(slot.labels, slot.count - slot.shown);
      slot.shown = slot.count;
    }
  }
}
