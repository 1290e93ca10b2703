/** Calls under way in this process. */
export class CallSlots {
  private readonly calls = new Set<Promise<void>>();

  constructor(private readonly most: number) {}

  get free(): number {
    return this.most - this.calls.size;
  }

  get inUse(): number {
    return this.calls.size;
  }

  /** Never fails: what `work` throws is its own to tell. */
  run(work: () => Promise<void>): void {
    const call = work().finally(() => this.calls.delete(call));
    this.calls.add(call);
  }

  async idle(): Promise<void> {
    while (this.calls.size > 0) await Promise.allSettled([...this.calls]);
  }
}
