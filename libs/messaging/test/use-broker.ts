import { TestVhost, waitFor } from '@groundswell/testing';
import { z } from 'zod';
import {
  BrokerConnections,
  type BrokerConnectionsOptions,
  ConsumerSupervisor,
  type ConsumerSupervisorOptions,
  FakeAttemptStore,
  FakeParkingStore,
  type Logger,
  type OutgoingMessage,
  Publisher,
  type PublisherOptions,
} from '../src/index';

export const numbered = z.object({ n: z.number() });
export type Numbered = z.infer<typeof numbered>;

export interface LogLine {
  level: string;
  text: string;
  [field: string]: unknown;
}

/** Keeps what was logged, for tests about being told once. */
export const recordingLogger = (): Logger & { lines: LogLine[] } => {
  const lines: LogLine[] = [];
  const at = (level: string) => (fields: Record<string, unknown>, text: string) =>
    void lines.push({ ...fields, level, text });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

/** A supervisor with the in-memory stores it was given, as a test wants to look at them. */
export interface RunningConsumers {
  supervisor: ConsumerSupervisor;
  parking: FakeParkingStore;
  attempts: FakeAttemptStore;
}

/** A virtual host per test file, and connections that are closed after each test. */
export const useBroker = () => {
  let vhost: TestVhost;
  let toClose: (() => Promise<unknown>)[] = [];
  let queues = 0;

  beforeAll(async () => {
    vhost = await TestVhost.create();
    for (const exchange of ['ingest', 'deliver', 'event', 'reply']) await vhost.declareExchange(exchange);
  });
  afterEach(async () => {
    for (const close of toClose.reverse()) await close();
    toClose = [];
  });
  afterAll(() => vhost.delete());

  const broker = {
    get vhost(): TestVhost {
      return vhost;
    },
    /** Run after the test, latest first. */
    afterwards(close: () => Promise<unknown>): void {
      toClose.push(close);
    },
    connect(options: Partial<BrokerConnectionsOptions> = {}): BrokerConnections {
      const connections = new BrokerConnections({
        serviceName: 'test',
        urls: vhost.amqpUrl,
        reconnect: { firstMs: 20, maxMs: 200 },
        connectTimeoutMs: 30_000,
        ...options,
      });
      connections.start();
      broker.afterwards(() => connections.close());
      return connections;
    },
    async publisher(options: Partial<PublisherOptions> = {}): Promise<Publisher> {
      const publisher = new Publisher({
        connection: broker.connect().publish,
        confirmTimeoutMs: 60_000,
        ...options,
      });
      publisher.start();
      broker.afterwards(() => publisher.close(100));
      await waitFor(() => publisher.isReady);
      return publisher;
    },
    consumers(options: Partial<ConsumerSupervisorOptions> = {}): RunningConsumers {
      const parking = new FakeParkingStore();
      const attempts = new FakeAttemptStore();
      const supervisor = new ConsumerSupervisor({
        connection: options.connection ?? broker.connect().consume,
        parking,
        attempts,
        faultPause: { firstMs: 20, maxMs: 100 },
        queueRetry: { firstMs: 20, maxMs: 100 },
        alonePausesMs: [1, 1],
        suspectPausesMs: [1],
        stopLimitMs: 60_000,
        ...options,
      });
      broker.afterwards(() => supervisor.stop());
      return { supervisor, parking, attempts };
    },
    /** Messages in a queue once nobody consumes it; the broker gives back what a closed channel held a moment later. */
    async leftIn(queue: string): Promise<number> {
      await waitFor(async () => (await vhost.look(queue))?.consumers === 0);
      return (await vhost.look(queue))?.ready ?? 0;
    },
    /** A fresh quorum queue, bound to `ingest` under its own name. */
    async queue(): Promise<string> {
      queues += 1;
      const name = `queue-${queues}`;
      await vhost.declareQueue(name, { exchange: 'ingest', key: name });
      return name;
    },
  };
  return broker;
};

export const aMessage = (message: Partial<OutgoingMessage> & { routingKey: string }): OutgoingMessage => ({
  exchange: 'ingest',
  body: '{"n":1}',
  messageId: 'a-message',
  ...message,
});

export const numbers = (count: number): Numbered[] => Array.from({ length: count }, (_, n) => ({ n }));
