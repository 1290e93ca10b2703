export interface PageChanged {
  pageId: number;
}

/** Changed pages for one subscriber. A page that changes again before it is taken is taken once, as it is then: what waits
 *  is never more than there are pages. */
export class PageChangeStream implements AsyncIterableIterator<PageChanged> {
  private readonly waiting = new Set<number>();
  private wake: () => void = () => undefined;
  private isOver = false;

  constructor(
    /** Null: pages of all orgs. */
    readonly orgId: number | null,
    private readonly isLive: (pageId: number) => boolean,
    private readonly onEnd: (stream: PageChangeStream) => void,
  ) {}

  push(pageId: number): void {
    this.waiting.add(pageId);
    this.wake();
  }

  async next(): Promise<IteratorResult<PageChanged>> {
    while (!this.isOver) {
      const [pageId] = this.waiting;
      if (pageId === undefined) {
        await new Promise<void>((resolve) => (this.wake = resolve));
        continue;
      }
      this.waiting.delete(pageId);
      if (this.isLive(pageId)) return { done: false, value: { pageId } };
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<PageChanged>> {
    this.isOver = true;
    this.onEnd(this);
    this.wake();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
