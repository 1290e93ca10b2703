import type { Channel, ConfirmChannel, ConsumeMessage, Options } from 'amqplib';
import { exchanges } from '@groundswell/contracts';
import type { BrokerConnections } from '@groundswell/messaging';
import { BrokerAwayError } from './broker-away.error';
import { closeQuietly } from './close-quietly';

export interface MoverSettings {
  /** Messages on their way at once. At 64 KB each, 200 are 13 MB of memory. */
  batch: number;
  /** Longest one batch may take to be confirmed, ms. */
  confirmTimeoutMs: number;
  /** A queue that gives nothing for this long is taken for empty, ms. */
  quietMs: number;
}

export const moverSettings: MoverSettings = { batch: 200, confirmTimeoutMs: 10_000, quietMs: 300 };

/** Moves messages from one queue to another: taken with manual ack, published with confirm, acked only then. A crash in
 *  between leaves a copy in both, under one message id, never none. */
export class MessageMover {
  constructor(
    private readonly connections: Pick<BrokerConnections, 'publish' | 'consume'>,
    private readonly settings: MoverSettings = moverSettings,
  ) {}

  /** Moves what is ready in `from`, in its order, while `goOn` says so; returns how many. Throws BrokerAwayError, also when
   *  the target takes no more; what was confirmed by then is acked. */
  async move(from: string, to: string, goOn: () => boolean): Promise<number> {
    const { publish, consume } = this.connections;
    if (publish.state !== 'up') throw new BrokerAwayError(`broker ${publish.state}`);
    const source = await openChannel(consume.model?.createChannel());
    try {
      const { messageCount } = await answered(source, source.checkQueue(from));
      if (messageCount === 0) return 0;
      const target = await openChannel(publish.model?.createConfirmChannel());
      try {
        return await this.drain(new Inbox(source, this.settings.quietMs), new Outlet(target, to), from, goOn);
      } finally {
        await closeQuietly(target);
      }
    } finally {
      // What was taken and not acked goes back to its place.
      await closeQuietly(source);
    }
  }

  private async drain(inbox: Inbox, outlet: Outlet, from: string, goOn: () => boolean): Promise<number> {
    let moved = 0;
    await inbox.open(from, this.settings.batch);
    while (goOn()) {
      const batch = await inbox.next();
      if (batch.length === 0) return moved;
      const outcome = await outlet.send(batch, this.settings.confirmTimeoutMs);
      for (const message of outcome.confirmed) inbox.ack(message);
      moved += outcome.confirmed.length;
      if (outcome.refusal) throw new BrokerAwayError(`${outlet.queue} takes no more: ${outcome.refusal}`);
    }
    return moved;
  }
}

/** What a queue gives, as it comes. */
class Inbox {
  private waiting: ConsumeMessage[] = [];
  private isOver = false;
  private wake: () => void = () => undefined;

  constructor(
    private readonly channel: Channel,
    private readonly quietMs: number,
  ) {
    channel.on('close', () => this.end());
  }

  async open(queue: string, prefetch: number): Promise<void> {
    await answered(this.channel, this.channel.prefetch(prefetch));
    const take = (message: ConsumeMessage | null): void => {
      if (!message) return this.end();
      this.waiting.push(message);
      this.wake();
    };
    await answered(this.channel, this.channel.consume(queue, take));
  }

  /** All that has come so far; none when nothing comes any more. */
  async next(): Promise<ConsumeMessage[]> {
    if (this.waiting.length === 0 && !this.isOver) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        timer = setTimeout(resolve, this.quietMs);
      });
      clearTimeout(timer);
    }
    if (this.isOver) throw new BrokerAwayError('the channel or the queue went away');
    return this.waiting.splice(0);
  }

  ack(message: ConsumeMessage): void {
    // On a channel that is gone the broker has the message back already.
    if (!this.isOver) this.channel.ack(message);
  }

  private end(): void {
    this.isOver = true;
    this.wake();
  }
}

/** Publishes to one queue through `system.retry`, under the queue's own name. */
class Outlet {
  private isReturned = false;

  constructor(
    private readonly channel: ConfirmChannel,
    readonly queue: string,
  ) {
    channel.on('return', () => (this.isReturned = true));
  }

  async send(
    messages: readonly ConsumeMessage[],
    timeoutMs: number,
  ): Promise<{ confirmed: ConsumeMessage[]; refusal?: string }> {
    // Unroutable at `system.retry` means `system.dead`, not a return: the queue must be there.
    await answered(this.channel, this.channel.checkQueue(this.queue));
    const sent = messages.map((message) => this.publish(message));
    const results = await within(timeoutMs, Promise.allSettled(sent));
    // A return comes before its confirm, and does not say whose it was.
    if (this.isReturned) return { confirmed: [], refusal: 'returned' };
    const confirmed = messages.filter((_message, index) => results[index]?.status === 'fulfilled');
    const failed = results.find((result) => result.status === 'rejected');
    return { confirmed, refusal: failed && String(failed.reason) };
  }

  private publish(message: ConsumeMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      const options = { ...propertiesOf(message), mandatory: true, persistent: true };
      this.channel.publish(exchanges.retry, this.queue, message.content, options, (error: unknown) =>
        error ? reject(error as Error) : resolve(),
      );
    });
  }
}

/** As the publisher gave them. The count of deliveries is the broker's own, and a user id is accepted from that user only. */
function propertiesOf({ properties }: ConsumeMessage): Options.Publish {
  const headers = { ...(properties.headers as Record<string, unknown> | undefined) };
  delete headers['x-delivery-count'];
  return { ...properties, headers, userId: undefined } as Options.Publish;
}

async function openChannel<C extends Channel>(opening: Promise<C> | undefined): Promise<C> {
  if (!opening) throw new BrokerAwayError('no connection');
  try {
    const channel = await within(answerLimitMs, opening);
    channel.on('error', () => undefined);
    return channel;
  } catch (cause) {
    throw new BrokerAwayError(textOf(cause), { cause });
  }
}

const answerLimitMs = 10_000;

/** A refusal closes the channel, and a leaderless queue never answers. */
async function answered<T>(channel: Channel, step: PromiseLike<T>): Promise<T> {
  try {
    return await within(answerLimitMs, step);
  } catch (cause) {
    void closeQuietly(channel);
    throw cause instanceof BrokerAwayError ? cause : new BrokerAwayError(textOf(cause), { cause });
  }
}

async function within<T>(limitMs: number, step: PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new BrokerAwayError('no answer in time')), limitMs);
  });
  try {
    return await Promise.race([step, late]);
  } finally {
    clearTimeout(timer);
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
