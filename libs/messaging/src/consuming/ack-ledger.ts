/** Keeps which delivery tags of one channel are settled, and turns that into as few acks as possible. A multiple ack
 *  must name a tag that is itself still unacked, or the broker closes the channel. */
export class AckLedger {
  private upTo = 0;
  private readonly above = new Set<number>();

  /** The acks to send for these tags, each of them settled now for the first time. */
  settle(tags: readonly number[]): { tag: number; allUpTo: boolean }[] {
    for (const tag of tags) this.above.add(tag);
    while (this.above.delete(this.upTo + 1)) this.upTo += 1;
    let highestCovered = 0;
    const acks: { tag: number; allUpTo: boolean }[] = [];
    for (const tag of tags) {
      if (tag > this.upTo) acks.push({ tag, allUpTo: false });
      else highestCovered = Math.max(highestCovered, tag);
    }
    return highestCovered > 0 ? [{ tag: highestCovered, allUpTo: true }, ...acks] : acks;
  }
}
