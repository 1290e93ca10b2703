import { connect, type Channel, type ChannelModel } from 'amqplib';
import type { Duplex } from 'node:stream';
import type { BrokerTls } from '@groundswell/config';
import { BrokerAwayError } from './broker-away.error';

export interface QueueCheckSettings {
  url: string;
  tls?: BrokerTls;
  /** Questions on their way at once. */
  lanes: number;
  /** A queue that is silent for this long does not answer, ms. */
  answerMs: number;
}

export interface QueueFindings {
  answering: string[];
  mute: string[];
}

type Answer = 'answers' | 'mute' | 'interrupted';

/** A consumer that is never given anything: it goes through the queue's quorum, and its messages stay as they are. Only a
 *  64-bit number counts; any other is taken for none. */
const withoutCredit = { 'x-credit': { credit: { '!': 'int64', value: 0 }, drain: false } };

/** Asks queues for a sign of life that only a led quorum can give. A passive declare is no such sign: it answers from the
 *  broker's records, for a queue that takes and gives nothing. A queue that is asked and not there can take the whole
 *  connection with it (error 541), so this has its own, for as long as it asks. */
export class QueueCheck {
  constructor(private readonly settings: QueueCheckSettings) {}

  /** Asks in the given order, while `goOn` says so; whom it did not come to is in neither list. Throws BrokerAwayError. */
  async ask(queues: readonly string[], goOn: () => boolean): Promise<QueueFindings> {
    const findings: QueueFindings = { answering: [], mute: [] };
    let waiting = [...queues];
    let alone: string[] = [];
    while (waiting.length + alone.length > 0 && goOn()) {
      const suspect = alone.shift();
      const pass = new CheckPass(this.settings, suspect ? [suspect] : waiting, goOn);
      await pass.run();
      findings.answering.push(...pass.findings.answering);
      findings.mute.push(...pass.findings.mute);
      // Whoever was asked when the connection broke is asked again alone: then it is clear who breaks it.
      if (suspect) findings.mute.push(...pass.interrupted);
      else [waiting, alone] = [pass.left, pass.interrupted];
    }
    return findings;
  }
}

/** One connection and what it was used for. */
class CheckPass {
  readonly findings: QueueFindings = { answering: [], mute: [] };
  readonly interrupted: string[] = [];
  readonly left: string[];
  private isBroken = false;

  constructor(
    private readonly settings: QueueCheckSettings,
    queues: readonly string[],
    private readonly goOn: () => boolean,
  ) {
    this.left = [...queues];
  }

  async run(): Promise<void> {
    const { url, tls, lanes } = this.settings;
    const clientProperties = { connection_name: 'topology-service check' };
    const connection = await connect(url, { ...tls, timeout: 3_000, clientProperties }).catch((cause: unknown) => {
      throw new BrokerAwayError('no connection to ask queues', { cause });
    });
    connection.on('error', () => undefined);
    connection.on('close', () => (this.isBroken = true));
    try {
      await Promise.all(Array.from({ length: Math.min(lanes, this.left.length) }, () => this.lane(connection)));
    } finally {
      await this.close(connection);
    }
  }

  /** A channel that hangs would keep an orderly close waiting for ever. */
  private async close(connection: ChannelModel): Promise<void> {
    if (this.findings.mute.length === 0 && !this.isBroken) await within(1_000, connection.close());
    if (!this.isBroken) (connection.connection as { stream?: Duplex }).stream?.destroy(new Error('asked enough'));
  }

  private async lane(connection: ChannelModel): Promise<void> {
    let channel: Channel | undefined;
    while (this.left.length > 0 && !this.isBroken && this.goOn()) {
      const queue = this.left.shift()!;
      try {
        channel ??= await this.open(connection);
        const answer = await this.ask(channel, queue);
        // One that hangs is left alone: to close it could end the connection for everyone.
        if (answer === 'mute') channel = undefined;
        this.note(queue, answer);
      } catch (error) {
        channel = undefined;
        this.note(queue, this.meaningOf(error));
      }
    }
  }

  private async open(connection: ChannelModel): Promise<Channel> {
    const channel = await within(this.settings.answerMs, connection.createChannel());
    if (!channel) throw new BrokerAwayError('no channel in time');
    channel.on('error', () => undefined);
    return channel;
  }

  private async ask(channel: Channel, queue: string): Promise<Answer> {
    const asked = channel
      .consume(queue, (message) => message && channel.nack(message), { arguments: withoutCredit })
      .then(({ consumerTag }) => channel.cancel(consumerTag));
    return (await within(this.settings.answerMs, asked)) ? 'answers' : 'mute';
  }

  private note(queue: string, answer: Answer): void {
    if (answer === 'interrupted') this.interrupted.push(queue);
    else this.findings[answer === 'answers' ? 'answering' : 'mute'].push(queue);
  }

  /** "Not found" is what the broker says in the end of a queue that it lists and cannot reach. Any other refusal is the
   *  queue's own. */
  private meaningOf(error: unknown): Answer {
    const { code } = error as { code?: unknown };
    if (this.isBroken || error instanceof BrokerAwayError || typeof code !== 'number') return 'interrupted';
    return code === 404 ? 'mute' : 'answers';
  }
}

async function within<T>(limitMs: number, step: PromiseLike<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  // After the limit nobody waits for it, and its failure must not be unhandled.
  const guarded = Promise.resolve(step);
  guarded.catch(() => undefined);
  try {
    return await Promise.race([guarded, late]);
  } finally {
    clearTimeout(timer);
  }
}
