import { setTimeout as sleep } from 'node:timers/promises';
import type { AddressHash } from '../../deliveries/keyed-address';
import type { FromWorker, ToWorker } from './page-messages';
import { preparePage } from './prepared-page';

export interface PagePort {
  postMessage(message: FromWorker, transferred: ArrayBuffer[]): void;
  close(): void;
}

/**
 * The worker's side (email-events.md §6): one page at a time, the next one only once the main thread has acknowledged the one
 * before. It writes nothing, so it may end at any time.
 */
export class PagePreparer {
  private readonly waiting: Extract<ToWorker, { type: 'page' }>[] = [];
  private unacknowledged: number | null = null;

  constructor(
    private readonly port: PagePort,
    private readonly hashAddress: AddressHash,
    private readonly gapMs: number,
  ) {}

  async receive(message: ToWorker): Promise<void> {
    switch (message.type) {
      case 'cancel':
        this.waiting.length = 0;
        return this.port.close();
      case 'page':
        this.waiting.push(message);
        break;
      case 'acknowledged':
        if (message.id !== this.unacknowledged) return;
        if (this.gapMs > 0) await sleep(this.gapMs);
        this.unacknowledged = null;
    }
    this.prepareNext();
  }

  private prepareNext(): void {
    if (this.unacknowledged !== null) return;
    const next = this.waiting.shift();
    if (!next) return;
    const { id, events } = next;
    this.unacknowledged = id;
    try {
      const page = preparePage(events, this.hashAddress);
      const { places, times, keys, hashes } = page;
      this.port.postMessage(
        { type: 'prepared', id, page },
        [places, times, keys, hashes].map(({ buffer }) => buffer),
      );
    } catch (error) {
      this.port.postMessage({ type: 'failed', id, reason: error instanceof Error ? error.message : String(error) }, []);
    }
  }
}
