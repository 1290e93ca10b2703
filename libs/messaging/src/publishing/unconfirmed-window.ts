import { type PublishResult, unavailable } from './publish-result';

/** One message on its way to the broker. */
export class Unconfirmed {
  /** Set by a return, which comes before the confirm. */
  replyText: string | undefined;
  isSettled = false;

  constructor(
    readonly no: number,
    readonly exchange: string,
    readonly bytes: number,
    readonly deadline: number,
    readonly resolve: (result: PublishResult) => void,
  ) {}
}

/** The messages sent and not yet confirmed, oldest first, with one timer for all their deadlines. */
export class UnconfirmedWindow {
  private readonly byNo = new Map<number, Unconfirmed>();
  private totalBytes = 0;
  private timer: NodeJS.Timeout | undefined;
  private emptied: (() => void)[] = [];

  constructor(
    private readonly timeoutMs: number,
    private readonly onTimeout: (late: Unconfirmed) => void,
    private readonly onSettled: (message: Unconfirmed, result: PublishResult) => void,
  ) {}

  get size(): number {
    return this.byNo.size;
  }

  get bytes(): number {
    return this.totalBytes;
  }

  add(message: Unconfirmed): void {
    this.byNo.set(message.no, message);
    this.totalBytes += message.bytes;
    if (!this.timer) this.expireIn(this.timeoutMs);
  }

  find(no: number): Unconfirmed | undefined {
    return this.byNo.get(no);
  }

  settle(message: Unconfirmed, result: PublishResult): void {
    this.forget(message);
    this.onSettled(message, result);
    message.resolve(result);
  }

  /** Takes a message out without a result: it never went out. */
  forget(message: Unconfirmed): void {
    message.isSettled = true;
    if (!this.byNo.delete(message.no)) return;
    this.totalBytes -= message.bytes;
    if (this.byNo.size === 0) for (const callback of this.emptied.splice(0)) callback();
  }

  whenEmpty(): Promise<void> {
    return this.byNo.size === 0 ? Promise.resolve() : new Promise((resolve) => this.emptied.push(resolve));
  }

  /** The socket keeps the process alive while confirms are awaited; this timer alone must not. */
  private expireIn(ms: number): void {
    // One more turn before judging: after a long computation the confirms may be here, only not read yet.
    this.timer = setTimeout(() => setImmediate(() => this.expire()), ms).unref();
  }

  private expire(): void {
    this.timer = undefined;
    const now = Date.now();
    for (const message of this.byNo.values()) {
      if (message.deadline > now) {
        this.expireIn(Math.max(message.deadline - now, 20));
        return;
      }
      this.onTimeout(message);
      this.settle(
        message,
        message.replyText === undefined
          ? unavailable('timeout', true)
          : { status: 'returned', replyText: message.replyText },
      );
    }
  }
}
