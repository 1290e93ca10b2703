import { orgIdOf } from '../desired/org-scope';
import type { WatchedQueueSet } from '../reconciliation/queue-set.repository';

export interface FullnessMarks {
  stopBytes: number;
  /** Below stopBytes: what lies between keeps its state, so that relays do not stop and go with every message. */
  resumeBytes: number;
}

export interface FullnessChange {
  row: WatchedQueueSet;
  isFull: boolean;
  /** Its biggest queue, and what it holds. */
  queue: string;
  bytes: number;
}

/** Orgs that become full (any of their queues at the stop mark) or free again (all of them below the resume mark). `bytesOf`
 *  gives null for a queue that has not reported yet: it makes nobody full, and nobody free. Pure. */
export function fullnessChanges(
  rows: readonly WatchedQueueSet[],
  bytesOf: (queue: string) => number | null,
  { stopBytes, resumeBytes }: FullnessMarks,
): FullnessChange[] {
  return rows.flatMap((row): FullnessChange[] => {
    if (orgIdOf(row.scope) === null) return [];
    const sizes = row.queues.map((queue) => ({ queue, bytes: bytesOf(queue) }));
    const known = sizes.flatMap(({ queue, bytes }) => (bytes === null ? [] : [{ queue, bytes }]));
    const biggest = known.reduce((a, b) => (b.bytes > a.bytes ? b : a), { queue: '', bytes: 0 });
    if (!row.isFull && biggest.bytes >= stopBytes) return [{ row, isFull: true, ...biggest }];
    const isFree = known.length === sizes.length && biggest.bytes < resumeBytes;
    return row.isFull && isFree ? [{ row, isFull: false, ...biggest }] : [];
  });
}
