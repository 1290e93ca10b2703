import type { Numbers } from './delta-order';

/** For how long partitions have had deltas to come and none came. One that is lost without another after it shows in nothing else. */
export class Standstill {
  private readonly since = new Map<number, { applied: number; at: number }>();

  /** What is known is of no use while nobody reads deltas. */
  forget(): void {
    this.since.clear();
  }

  /** Of the partition that stands still the longest, ms; 0 when none does. */
  longestMs({ applied, given }: { applied: Numbers; given: Numbers }, now: number): number {
    let longest = 0;
    for (const [partition, last] of given) {
      const number = applied.get(partition) ?? 0;
      const known = this.since.get(partition);
      if (number >= last) this.since.delete(partition);
      else if (known?.applied === number) longest = Math.max(longest, now - known.at);
      else this.since.set(partition, { applied: number, at: now });
    }
    return longest;
  }
}
