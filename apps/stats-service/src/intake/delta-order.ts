import type { CounterDeltaV1 } from '@groundswell/contracts';

/** Numbers by partition; 0 where there is none. */
export type Numbers = ReadonlyMap<number, number>;

export interface OrderInput {
  /** Last number applied. */
  applied: Numbers;
  /** Last number given away by action-ingest. */
  given: Numbers;
  /** Kept until now for want of those before them. */
  pending: readonly CounterDeltaV1[];
  arrived: readonly CounterDeltaV1[];
}

export interface DeltaOrder {
  /** In the order of their numbers. */
  apply: CounterDeltaV1[];
  /** To be kept until those before them come. */
  keep: CounterDeltaV1[];
  /** Kept ones that need be kept no longer. */
  release: CounterDeltaV1[];
  /** Last number applied then, of the partitions that moved. */
  numbers: Map<number, number>;
  /** Numbers nobody has given away: left from before the database was set back. */
  foreign: CounterDeltaV1[];
}

/** What to do with deltas: each number counts once, in order, whenever and however often it comes (processing.md §9.2). */
export function orderDeltas({ applied, given, pending, arrived }: OrderInput): DeltaOrder {
  const order: DeltaOrder = { apply: [], keep: [], release: [], numbers: new Map(), foreign: [] };
  const kept = new Set(pending);
  for (const [partition, deltas] of byPartition([...pending, ...arrived])) {
    const before = applied.get(partition) ?? 0;
    let last = before;
    let previous = last;
    for (const delta of deltas.sort((a, b) => a.number - b.number)) {
      if (delta.number > (given.get(partition) ?? 0)) order.foreign.push(delta);
      else if (delta.number === last + 1) {
        order.apply.push(delta);
        last = delta.number;
      } else if (delta.number > last && delta.number !== previous && !kept.has(delta)) order.keep.push(delta);
      if (kept.has(delta) && (delta.number <= last || order.foreign.includes(delta))) order.release.push(delta);
      previous = delta.number;
    }
    if (last > before) order.numbers.set(partition, last);
  }
  return order;
}

function byPartition(deltas: readonly CounterDeltaV1[]): Map<number, CounterDeltaV1[]> {
  const partitions = new Map<number, CounterDeltaV1[]>();
  for (const delta of deltas) {
    const list = partitions.get(delta.partition);
    if (list) list.push(delta);
    else partitions.set(delta.partition, [delta]);
  }
  return partitions;
}

/** True where more was applied than was ever given away: the database was set back. */
export const wentBack = (applied: Numbers, given: Numbers): boolean =>
  [...applied].some(([partition, number]) => number > (given.get(partition) ?? 0));
