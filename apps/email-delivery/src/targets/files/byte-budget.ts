/** So many bytes that may be held at once; who wants more than are free waits, in order. */
export class ByteBudget {
  private free: number;
  private readonly waiting: { bytes: number; begin: () => void }[] = [];

  constructor(private readonly most: number) {
    this.free = most;
  }

  /** Whoever wants more than there ever are gets all of them. */
  async with<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const held = Math.min(bytes, this.most);
    await this.take(held);
    try {
      return await work();
    } finally {
      this.free += held;
      this.beginNext();
    }
  }

  private take(bytes: number): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push({ bytes, begin: resolve });
      this.beginNext();
    });
  }

  private beginNext(): void {
    for (let next = this.waiting[0]; next && next.bytes <= this.free; next = this.waiting[0]) {
      this.waiting.shift();
      this.free -= next.bytes;
      next.begin();
    }
  }
}
