import type { IngestReceipt } from './receipt.read-model';

/** Places searched: what was erased there, and what had left before. */
export interface ErasureCounts {
  /** `pending`: accepted for good, not carried out everywhere yet; calling again waits for it and tells the rest. */
  state: 'complete' | 'pending';
  erased: {
    contacts: number;
    supporters: number;
    attachments: number;
    outbox: number;
    spool: number;
    parked: number;
  };
  left: {
    /** Messages to the org that were published. */
    messagesSent: number;
    /** Messages that were being published while they were erased. */
    messagesLeaving: number;
  };
}

/** Over all receipts that nobody was told of; `latest` is this call's. */
export function erasureCounts(
  spool: number,
  receipts: IngestReceipt[],
  latest: IngestReceipt | undefined,
): ErasureCounts {
  const sum = (place: keyof IngestReceipt): number =>
    receipts.reduce((total, receipt) => total + (receipt[place] ?? 0), 0);
  return {
    state: latest ? 'complete' : 'pending',
    erased: {
      contacts: sum('contacts'),
      supporters: sum('supporters'),
      attachments: sum('attachments'),
      outbox: sum('outbox'),
      spool,
      parked: sum('parked'),
    },
    left: {
      // Each receipt counts all that had left by then.
      messagesSent: Math.max(0, ...receipts.map(({ messagesSent }) => messagesSent)),
      messagesLeaving: sum('messagesLeaving'),
    },
  };
}
