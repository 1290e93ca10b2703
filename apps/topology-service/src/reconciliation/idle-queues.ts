import type { ListedQueue } from '../broker/management.client';

/** Since when queues that nobody wants any more have been seen empty. What was rejected from one waits in `system.retry`
 *  and comes home, so empty at one look is not enough to delete it. */
export class IdleQueues {
  private readonly emptySince = new Map<string, number>();

  constructor(
    private readonly idleMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Which of these have been empty at every look for long enough. Others are forgotten. */
  longIdle(leftovers: readonly ListedQueue[]): string[] {
    const empty = new Set(leftovers.filter(({ messages }) => messages === 0).map(({ name }) => name));
    for (const queue of this.emptySince.keys()) if (!empty.has(queue)) this.emptySince.delete(queue);
    for (const queue of empty) if (!this.emptySince.has(queue)) this.emptySince.set(queue, this.now());
    return [...empty].filter((queue) => this.now() - (this.emptySince.get(queue) ?? this.now()) >= this.idleMs);
  }
}
