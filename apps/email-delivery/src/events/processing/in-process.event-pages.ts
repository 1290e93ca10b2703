import { setTimeout as sleep } from 'node:timers/promises';
import type { EventPages, EventStorage, MailEvent, PageResult } from '../mail-event';

/** Pages one after the other on this thread, as a worker would have them: where there is no worker, and in tests. */
export class InProcessEventPages implements EventPages {
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly storage: EventStorage,
    private readonly gapMs = 0,
  ) {}

  process(events: readonly MailEvent[]): Promise<PageResult> {
    const page = this.last.then(() => this.storage.store(events));
    this.last = page.catch(() => undefined).then(() => (this.gapMs > 0 ? sleep(this.gapMs) : undefined));
    return page;
  }

  /** The page in hand is finished. */
  async stop(): Promise<void> {
    await this.last;
  }
}
