import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '@groundswell/persistence';

/** As action-ingest writes it. */
export interface IngestReceipt {
  contacts: number;
  supporters: number;
  /** Absent in receipts of earlier releases. */
  attachments?: number;
  outbox: number;
  parked: number;
  messagesSent: number;
  messagesLeaving: number;
}

export interface ReceiptWait {
  /** Longest to wait, ms. */
  limitMs: number;
  everyMs: number;
}

/** What action-ingest says about erasures it carried out. Throws DatabaseAwayError. */
export class ReceiptReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** Those that are there, by id. */
  async of(ids: string[]): Promise<Map<string, IngestReceipt>> {
    const rows = await this.database.query<{ id: string; counts: IngestReceipt }>(
      'select id, counts from actions.erasure_receipts where id = any($1::uuid[])',
      [ids],
    );
    return new Map(rows.map(({ id, counts }) => [id, counts]));
  }

  /** The same, once the receipt `id` is among them or the time is up. */
  async waitFor(id: string, ids: string[], { limitMs, everyMs }: ReceiptWait): Promise<Map<string, IngestReceipt>> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const found = await this.of(ids);
      if (found.has(id) || performance.now() >= deadline) return found;
      await pause(everyMs);
    }
  }
}
