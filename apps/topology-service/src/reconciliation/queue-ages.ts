/** How long each queue has been there as far as this process knows. A quorum queue younger than some seconds can come back
 *  empty after kill -9 of the broker, so nobody may count on it before (design.md §4). */
export class QueueAges {
  private readonly firstSeenAt = new Map<string, number>();

  constructor(
    private readonly youngMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** All queues of the broker at this moment; what is not among them starts anew when it comes back. */
  observe(queues: { has(queue: string): boolean; keys(): Iterable<string> }): void {
    for (const queue of this.firstSeenAt.keys()) if (!queues.has(queue)) this.firstSeenAt.delete(queue);
    for (const queue of queues.keys()) if (!this.firstSeenAt.has(queue)) this.firstSeenAt.set(queue, this.now());
  }

  declared(queue: string): void {
    this.firstSeenAt.set(queue, this.now());
  }

  /** After a reconnect the broker may have been restarted: what was young then is as young again. */
  reset(): void {
    this.firstSeenAt.clear();
  }

  /** Until the queue is old enough, ms; 0 when it is. */
  remainingMs(queue: string): number {
    const seenAt = this.firstSeenAt.get(queue);
    return seenAt === undefined ? this.youngMs : Math.max(0, this.youngMs - (this.now() - seenAt));
  }
}
