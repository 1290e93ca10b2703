import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { homeward } from '@groundswell/persistence';
import type { ParkedRow } from './parked-rows';

const confirmTimeoutMs = 10_000;

/** Sends parked messages home, one at a time. */
export class Replayer {
  private readonly present = new Map<string, Promise<void>>();
  private returned: string | undefined;

  private constructor(
    private readonly model: ChannelModel,
    private readonly channel: ConfirmChannel,
  ) {
    channel.on('error', () => undefined);
    channel.on('return', () => (this.returned = 'no queue took it'));
  }

  static async open(amqpUrl: string): Promise<Replayer> {
    const model = await connect(amqpUrl, { timeout: 5_000, clientProperties: { connection_name: 'parked' } });
    model.on('error', () => undefined);
    return new Replayer(model, await model.createConfirmChannel());
  }

  /** Resolves once the broker has it on disk; throws when it has not, or may not have. */
  async publish(row: ParkedRow, queue: string): Promise<void> {
    const { exchange, body, messageId, headers, timestamp: sentAt } = homeward(row, queue);
    await this.mustExist(queue);
    this.returned = undefined;
    const timestamp = Math.floor(sentAt.getTime() / 1_000);
    const options = { messageId, timestamp, headers, persistent: true, mandatory: true };
    await withinLimit(
      new Promise<void>((resolve, reject) => {
        this.channel.publish(exchange, queue, body, options, (error: unknown) =>
          error ? reject(error as Error) : resolve(),
        );
      }),
    );
    if (this.returned) throw new Error(`${queue}: ${this.returned}`);
  }

  async close(): Promise<void> {
    await this.model.close();
  }

  /** `system.retry` returns nothing: what finds no queue there goes to `system.dead`. So the queue is looked for, on a
   *  channel of its own, since a missing one closes it. */
  private mustExist(queue: string): Promise<void> {
    const known = this.present.get(queue) ?? this.lookFor(queue);
    this.present.set(queue, known);
    return known;
  }

  private async lookFor(queue: string): Promise<void> {
    const channel = await this.model.createChannel();
    channel.on('error', () => undefined);
    try {
      await channel.checkQueue(queue);
    } catch (cause) {
      throw new Error(`there is no queue ${queue} now`, { cause });
    }
    await channel.close();
  }
}

async function withinLimit(confirm: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('not confirmed in time')), confirmTimeoutMs);
  });
  try {
    await Promise.race([confirm, late]);
  } finally {
    clearTimeout(timer);
  }
}
