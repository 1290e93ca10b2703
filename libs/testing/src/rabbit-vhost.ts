import { randomBytes } from 'node:crypto';
import { type Channel, type ChannelModel, connect, type ConsumeMessage, type Options } from 'amqplib';
import { waitFor } from './wait-for';

export interface QueueBinding {
  exchange: string;
  key: string;
}

/** A virtual host of its own on the test broker, with an admin connection that the code under test knows nothing of. */
export class TestVhost {
  private constructor(
    readonly name: string,
    /** Where the code under test connects to. */
    readonly amqpUrl: string,
    private readonly managementUrl: URL,
    private readonly model: ChannelModel,
    /** For publishing and looking. A missing queue closes it, so ask through `depth` and the like. */
    readonly channel: Channel,
  ) {}

  /** Reads TEST_AMQP_URL and TEST_AMQP_MANAGEMENT_URL. */
  static async create(): Promise<TestVhost> {
    const amqp = new URL(requireVariable('TEST_AMQP_URL'));
    const management = new URL(requireVariable('TEST_AMQP_MANAGEMENT_URL'));
    const name = `test-${randomBytes(6).toString('hex')}`;
    amqp.pathname = `/${name}`;
    await requestManagement(management, 'PUT', `/api/vhosts/${name}`);
    const user = encodeURIComponent(decodeURIComponent(amqp.username || 'guest'));
    for (const allowed of new Set([user, management.username])) {
      await requestManagement(management, 'PUT', `/api/permissions/${name}/${allowed}`, {
        configure: '.*',
        write: '.*',
        read: '.*',
      });
    }
    // Never the broker's default: every crash of a consumer raises the count of innocent neighbours.
    await requestManagement(management, 'PUT', `/api/policies/${name}/delivery-limit`, {
      pattern: '.*',
      'apply-to': 'queues',
      definition: { 'delivery-limit': 1_000_000 },
    });
    const model = await connect(amqp.toString());
    model.on('error', () => undefined);
    return new TestVhost(name, amqp.toString(), management, model, await openChannel(model));
  }

  /** Calls the broker's management API; paths start with /api. */
  manage(method: string, path: string, body?: unknown): Promise<unknown> {
    return requestManagement(this.managementUrl, method, path, body);
  }

  declareExchange(name: string, type = 'topic'): Promise<unknown> {
    return this.channel.assertExchange(name, type, { durable: true });
  }

  /** A durable quorum queue, as every real one is. */
  declareQueue(name: string, ...bindings: QueueBinding[]): Promise<void> {
    return declare(this.channel, name, bindings);
  }

  /** Many of them side by side: each waits for the broker's disk. */
  async declareQueues(queues: readonly { name: string; bindings: QueueBinding[] }[]): Promise<void> {
    const waiting = [...queues];
    const declareNext = async (channel: Channel): Promise<void> => {
      for (let queue = waiting.shift(); queue; queue = waiting.shift()) {
        await declare(channel, queue.name, queue.bindings);
      }
      await channel.close();
    };
    await Promise.all(
      Array.from({ length: declaringChannels }, async () => declareNext(await openChannel(this.model))),
    );
  }

  /** Puts messages straight into a queue and waits until the broker has them. */
  async send(queue: string, bodies: readonly unknown[], properties: (index: number) => Options.Publish = () => ({})) {
    const channel = await this.model.createConfirmChannel();
    bodies.forEach((body, index) => {
      const content = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
      channel.sendToQueue(queue, content, { persistent: true, messageId: `m${index}`, ...properties(index) });
    });
    await channel.waitForConfirms();
    await channel.close();
  }

  /** Takes everything that is ready in a queue, acking it. */
  async drain(queue: string): Promise<ConsumeMessage[]> {
    const messages: ConsumeMessage[] = [];
    for (;;) {
      const message = await this.channel.get(queue, { noAck: true });
      if (!message) return messages;
      messages.push(message as unknown as ConsumeMessage);
      if (message.fields.messageCount >= manyMessages) messages.push(...(await this.takeMany(queue)));
    }
  }

  /** So many as a consumer: one by one, each is a round trip and a command of the queue's own. Beside another consumer, none. */
  private async takeMany(queue: string): Promise<ConsumeMessage[]> {
    const { messageCount, consumerCount } = await this.channel.checkQueue(queue);
    const count = Math.min(messageCount, mostAtOnce);
    if (consumerCount > 0 || count === 0) return [];
    const channel = await openChannel(this.model);
    // With none acked before the end, exactly these come: what is sent meanwhile stays in the queue.
    await channel.prefetch(count);
    const messages: ConsumeMessage[] = [];
    const { consumerTag } = await channel.consume(queue, (message) => message && messages.push(message));
    await waitFor(() => messages.length === count, takeManyMs);
    await channel.cancel(consumerTag);
    channel.ackAll();
    await channel.close();
    return messages;
  }

  /** Ready messages and consumers, as the queue itself says; undefined when there is no such queue. */
  async look(queue: string): Promise<{ ready: number; consumers: number } | undefined> {
    const channel = await openChannel(this.model);
    try {
      const { messageCount, consumerCount } = await channel.checkQueue(queue);
      await channel.close();
      return { ready: messageCount, consumers: consumerCount };
    } catch (error) {
      if ((error as { code?: number }).code === 404) return undefined;
      throw error;
    }
  }

  /** Closes connections the hard way, as an operator would. Those of the vhost whose name contains `nameContains`, never
   *  the admin's. Returns how many; the broker lists a new connection a moment after it was made. */
  async closeConnections(nameContains = ''): Promise<number> {
    const all = (await this.manage('GET', `/api/vhosts/${this.name}/connections`)) as {
      name: string;
      user_provided_name?: string;
    }[];
    const mine = all.filter(({ user_provided_name: name }) => name !== undefined && name.includes(nameContains));
    for (const { name } of mine) await this.manage('DELETE', `/api/connections/${encodeURIComponent(name)}`);
    return mine.length;
  }

  async delete(): Promise<void> {
    await this.model.close().catch(() => undefined);
    await this.manage('DELETE', `/api/vhosts/${this.name}`);
  }
}

const declaringChannels = 4;
const manyMessages = 100;
/** AMQP's largest prefetch. */
const mostAtOnce = 65_535;
const takeManyMs = 20_000;

const openChannel = async (model: ChannelModel): Promise<Channel> => {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  return channel;
};

const declare = async (channel: Channel, name: string, bindings: readonly QueueBinding[]): Promise<void> => {
  await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  for (const { exchange, key } of bindings) await channel.bindQueue(name, exchange, key);
};

const requireVariable = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests through npm test, which starts a private broker`);
  return value;
};

const requestManagement = async (base: URL, method: string, path: string, body?: unknown): Promise<unknown> => {
  const credentials = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
  const response = await fetch(`${base.origin}${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  // A connection may be gone before it is closed.
  if (!response.ok && response.status !== 404) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' || !response.ok ? undefined : JSON.parse(text);
};
