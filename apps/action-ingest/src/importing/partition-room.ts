import type { Channel } from 'amqplib';
import { setTimeout as sleep } from 'node:timers/promises';
import { ingestQueue } from '@groundswell/contracts';
import { KeptChannel, TransientError, type RabbitConnection } from '@groundswell/messaging';

/** What an import may put into a partition's queue: up to this many ready (background-jobs.md §2.1). */
export const readyLimit = 500;
/** How often a full partition is looked at, and how long it is waited for at once, ms. */
const lookEveryMs = 100;
const longestWaitMs = 60_000;
/** An answer of the broker, ms. */
const answerLimitMs = 5_000;
/** A count older than that is asked for again, ms: signatures come in meanwhile. */
const freshForMs = 1_000;

/**
 * How many more messages each partition's queue may get. The broker tells by a passive declaration, which any user may make of a
 * queue that is there; on a channel of its own, since a queue that is missing closes it.
 */
export class PartitionRoom {
  private readonly kept: KeptChannel<Channel>;
  private readonly left = new Map<number, { room: number; lookedAt: number }>();

  constructor(connection: RabbitConnection) {
    this.kept = new KeptChannel<Channel>({ connection, open: (model) => model.createChannel() });
  }

  start(): void {
    this.kept.start();
  }

  async stop(): Promise<void> {
    await this.kept.stop();
  }

  /** Resolves once all of them have room; takes it. Throws TransientError when a queue stays full or nobody tells. */
  async take(wanted: ReadonlyMap<number, number>, signal: AbortSignal): Promise<void> {
    const until = Date.now() + longestWaitMs;
    for (;;) {
      const full = [];
      for (const [partition, count] of wanted) if ((await this.roomOf(partition, count)) < count) full.push(partition);
      if (full.length === 0) break;
      if (Date.now() > until) throw new TransientError(`${full.length} partitions have no room for imported rows`);
      await sleep(lookEveryMs, undefined, { signal });
    }
    for (const [partition, count] of wanted) {
      const left = this.left.get(partition);
      if (left) left.room -= count;
    }
  }

  private async roomOf(partition: number, wanted: number): Promise<number> {
    const known = this.left.get(partition);
    if (known && known.room >= wanted && Date.now() - known.lookedAt < freshForMs) return known.room;
    const room = readyLimit - (await this.readyIn(partition));
    this.left.set(partition, { room, lookedAt: Date.now() });
    return room;
  }

  private async readyIn(partition: number): Promise<number> {
    const { channel } = this.kept;
    if (!channel) throw new TransientError('the broker does not tell how long queues are');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${answerLimitMs} ms`)), answerLimitMs);
    });
    try {
      const { messageCount } = await Promise.race([channel.checkQueue(ingestQueue(partition)), late]);
      return messageCount;
    } catch (cause) {
      throw new TransientError('the broker does not tell how long a queue is', { cause });
    } finally {
      clearTimeout(timer);
    }
  }
}
