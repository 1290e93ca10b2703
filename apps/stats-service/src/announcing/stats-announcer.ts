import { exchanges, statsChangedKey, type StatsChangedV1 } from '@groundswell/contracts';
import type { Publisher } from '@groundswell/messaging';
import type { FiguresChange } from '../figures/figures-change';
import type { FiguresOutlet } from '../intake/intake';

/** At most four messages a second, whatever changes. */
const pauseMs = 250;
const idsAtOnce = 5_000;

/** Tells gateways whose figures changed. May be lost: it decides only how soon a subscriber sees them. */
export class StatsAnnouncer implements FiguresOutlet {
  private readonly changed = new Set<number>();
  private timer: NodeJS.Timeout | undefined;
  private announced = 0;
  private lastAt = -Infinity;

  constructor(
    private readonly publisher: Pick<Publisher, 'publish'>,
    private readonly sender: string,
  ) {}

  show({ campaigns }: FiguresChange): Promise<void> {
    this.note(campaigns.keys());
    return Promise.resolve();
  }

  /** Who follows figures looks at them now and then without being told. */
  forget(): void {
    return;
  }

  note(campaignIds: Iterable<number>): void {
    for (const id of campaignIds) this.changed.add(id);
    if (this.changed.size === 0 || this.timer) return;
    this.timer = setTimeout(() => this.announce(), Math.max(0, this.lastAt + pauseMs - performance.now()));
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private announce(): void {
    this.timer = undefined;
    this.lastAt = performance.now();
    const campaignIds = [...this.changed].slice(0, idsAtOnce);
    for (const id of campaignIds) this.changed.delete(id);
    const body: StatsChangedV1 = { schema: 'groundswell:stats-changed:1', campaignIds };
    this.announced += 1;
    void this.publisher.publish({
      exchange: exchanges.event,
      routingKey: statsChangedKey,
      body: JSON.stringify(body),
      messageId: `stats:${this.sender}:${this.announced}`,
      type: body.schema,
      persistent: false,
      mandatory: false,
    });
    this.note([]);
  }
}
