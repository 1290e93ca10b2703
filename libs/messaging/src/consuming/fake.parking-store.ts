import type { ParkedMessage, ParkingStore } from './parking-store';

/** Keeps parked messages in memory, one per queue and id. For tests. */
export class FakeParkingStore implements ParkingStore {
  readonly rows: ParkedMessage[] = [];
  /** Thrown by the next calls while set. */
  failure: Error | undefined;

  park(rows: ParkedMessage[]): Promise<void> {
    if (this.failure) return Promise.reject(this.failure);
    for (const row of rows) {
      const isKnown = this.rows.some(({ queue, messageId }) => queue === row.queue && messageId === row.messageId);
      if (!isKnown) this.rows.push(row);
    }
    return Promise.resolve();
  }
}
