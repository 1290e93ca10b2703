import { connect, type ChannelModel, type ConsumeMessage } from 'amqplib';

const pauseMs = 200;

/** Reads a queue as an org's software does, whatever happens to the broker: connects again, and acks what it has noted. */
export class QueueLog {
  private model: ChannelModel | undefined;
  private isStopped = false;
  private readonly running: Promise<void>;

  private constructor(
    private readonly amqpUrl: string,
    readonly queue: string,
    /** Takes a message over before it is acked; 'reject' sends it round the retry circuit instead. */
    private readonly take: (message: ConsumeMessage) => 'ack' | 'reject',
  ) {
    this.running = this.keepReading();
  }

  static start(amqpUrl: string, queue: string, take: (message: ConsumeMessage) => 'ack' | 'reject'): QueueLog {
    return new QueueLog(amqpUrl, queue, take);
  }

  /** Reading now: the broker has agreed to deliver. */
  isReading = false;

  async stop(): Promise<void> {
    this.isStopped = true;
    // A queue without a leader answers nothing, not even a polite goodbye.
    const goodbye = this.model?.close().catch(() => undefined);
    const patience = new Promise((resolve) => setTimeout(resolve, 2_000).unref());
    await Promise.race([Promise.all([goodbye, this.running]), patience]);
  }

  private async keepReading(): Promise<void> {
    while (!this.isStopped) {
      await this.read().catch(() => undefined);
      if (!this.isStopped) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  /** Resolves when the connection or its channel has gone. */
  private async read(): Promise<void> {
    const model = await connect(this.amqpUrl, { timeout: 3_000 });
    this.model = model;
    model.on('error', () => undefined);
    const gone = new Promise<void>((resolve) => model.once('close', () => resolve()));
    try {
      const channel = await model.createChannel();
      channel.on('error', () => undefined);
      channel.once('close', () => void model.close().catch(() => undefined));
      await channel.prefetch(500);
      await channel.consume(this.queue, (message) => {
        if (!message) return void model.close().catch(() => undefined);
        if (this.take(message) === 'ack') channel.ack(message);
        else channel.nack(message, false, false);
      });
      this.isReading = true;
      if (this.isStopped) await model.close();
      await gone;
    } finally {
      this.isReading = false;
      await model.close().catch(() => undefined);
    }
  }
}

/** What every message to an org has, as far as these tests look. */
export interface ArrivedBody {
  actionId: number;
  action: { customFields: { token: string } };
}

/** What arrived in the queues of a run's orgs: action id → the message ids under which it came. */
export class Arrivals {
  readonly idsByAction = new Map<number, Set<string>>();
  private logs: QueueLog[] = [];

  /** `seen` is told of each message as it comes, before anything else. */
  listen(amqpUrl: string, queue: string, seen: (body: ArrivedBody) => void = () => undefined): void {
    const log = QueueLog.start(amqpUrl, queue, (message) => {
      const body = JSON.parse(message.content.toString()) as ArrivedBody;
      seen(body);
      const ids = this.idsByAction.get(body.actionId) ?? new Set();
      this.idsByAction.set(body.actionId, ids.add(String(message.properties.messageId)));
      return 'ack';
    });
    this.logs.push(log);
  }

  /** Nobody reads this queue from now on. */
  async leave(queue: string): Promise<void> {
    const left = this.logs.filter((log) => log.queue === queue);
    this.logs = this.logs.filter((log) => log.queue !== queue);
    await Promise.all(left.map((log) => log.stop()));
  }

  /** Queues that do not deliver. */
  get unreadable(): string[] {
    return this.logs.filter(({ isReading }) => !isReading).map(({ queue }) => queue);
  }

  async stop(): Promise<void> {
    await Promise.all(this.logs.map((log) => log.stop()));
  }
}
