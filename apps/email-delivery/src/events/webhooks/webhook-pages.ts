import { cleanError } from '@groundswell/http';
import type { EventPages, MailEvent, PageResult } from '../mail-event';
import type { ReadEvent } from '../normalising/webhook-events';

/** An event that could not be applied. */
export interface EventFault {
  raw: unknown;
  reason: string;
  /** Trying again is of no use. */
  isFinal: boolean;
}

interface Readable {
  item: ReadEvent;
  events: MailEvent[];
}

const pageLength = 300;

/** Applies events in pages, so that one that cannot be applied keeps no other from it: a page that fails is halved until
 *  it stands alone. What is applied twice by that is the same as once. `isTransient` faults end it all. */
export class WebhookPages {
  constructor(
    private readonly pages: EventPages,
    private readonly isTransient: (error: unknown) => boolean,
  ) {}

  /** `counted` sums up what became of them. Rejects for a fault of the surroundings. */
  async apply(items: readonly ReadEvent[], counted: Partial<PageResult>): Promise<Map<ReadEvent, EventFault>> {
    const faults = new Map<ReadEvent, EventFault>();
    const readable: Readable[] = [];
    for (const item of items) {
      if ('fault' in item) faults.set(item, { raw: item.raw, reason: item.fault, isFinal: true });
      else readable.push({ item, events: item.events });
    }
    for (let at = 0; at < readable.length; at += pageLength) {
      await this.applyPage(readable.slice(at, at + pageLength), counted, faults);
    }
    return faults;
  }

  private async applyPage(
    page: readonly Readable[],
    counted: Partial<PageResult>,
    faults: Map<ReadEvent, EventFault>,
  ): Promise<void> {
    try {
      addUp(counted, await this.pages.process(page.flatMap(({ events }) => events)));
    } catch (error) {
      if (this.isTransient(error)) throw error;
      const [only] = page;
      if (page.length === 1 && only) {
        faults.set(only.item, { raw: only.item.raw, reason: reasonOf(error), isFinal: false });
        return;
      }
      const half = Math.ceil(page.length / 2);
      await this.applyPage(page.slice(0, half), counted, faults);
      await this.applyPage(page.slice(half), counted, faults);
    }
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? cleanError(`${error.name}: ${error.message}`) : 'unknown error';

function addUp(sum: Partial<PageResult>, result: PageResult): void {
  for (const name of Object.keys(result) as (keyof PageResult)[]) sum[name] = (sum[name] ?? 0) + result[name];
}
