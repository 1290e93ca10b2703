import type { Numbers } from './delta-order';

/** Numbers of the deltas that somebody heard of. */
export class HeardNumbers {
  private readonly numbers = new Map<number, number[]>();

  note({ partition, number }: { partition: number; number: number }): void {
    const heard = this.numbers.get(partition);
    if (heard) heard.push(number);
    else this.numbers.set(partition, [number]);
  }

  /** True when every delta that was counted between `base` and `now` was heard of, and the numbers never went another way. */
  areAll(base: Numbers, now: Numbers): boolean {
    return [...now].every(([partition, last]) => {
      const from = base.get(partition) ?? 0;
      const heard = (this.numbers.get(partition) ?? []).filter((number) => number > from);
      return heard.length === last - from;
    });
  }
}
