import { prefetchShare } from './consumer-definition';

/** Counted as the size of a message while none has been seen: more than most of ours have, since what the first ones take of
 *  memory stays taken. */
const UNSEEN_BYTES = 16 * 1024;
/** Messages after which the average forgets the oldest. */
const MEMORY = 64;

/** How many messages each queue may have unacked: as many as wanted by count, fewer while they are large. AMQP bounds by
 *  count only, so the size of the coming ones is judged by the last ones. Goes in halves, and up later than down, since
 *  every change makes the queues drain first. */
export class PrefetchGauge {
  private averageBytes = UNSEEN_BYTES;
  private seen = 0;
  private halvings = 0;

  constructor(
    private readonly batchSize: number,
    private readonly maxBytes: number,
  ) {
    this.adjust();
  }

  note(bytes: number): void {
    this.seen = Math.min(this.seen + 1, MEMORY);
    this.averageBytes += (bytes - this.averageBytes) / this.seen;
  }

  /** Takes what was noted into account; true when the shares are others now. */
  adjust(): boolean {
    const before = this.halvings;
    while (this.bytesAfter(this.halvings) > this.maxBytes && this.total(this.halvings) > 1) this.halvings += 1;
    while (this.halvings > 0 && this.bytesAfter(this.halvings - 1) <= this.maxBytes / 2) this.halvings -= 1;
    return this.halvings !== before;
  }

  /** Each queue's part. */
  share(queueCount: number): number {
    return Math.max(1, Math.floor(prefetchShare(this.batchSize, queueCount) / 2 ** this.halvings));
  }

  private bytesAfter(halvings: number): number {
    return this.total(halvings) * this.averageBytes;
  }

  private total(halvings: number): number {
    return (2 * this.batchSize) / 2 ** halvings;
  }
}
