import { type INestApplication, Injectable, Module, type OnApplicationShutdown, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { waitFor } from '@groundswell/testing';
import {
  type BatchHandler,
  type BatchItem,
  type ConsumerDefinition,
  ConsumerSupervisor,
  Consumes,
  done,
  type Envelope,
  FakeAttemptStore,
  FakeParkingStore,
  type MessageHandler,
  MessagingModule,
  type Outcome,
  Publisher,
  RabbitTransport,
} from '../src/index';
import { aMessage, type Numbered, numbered, numbers, useBroker } from '../test/use-broker';

/** 12. In a Nest app. `consumers.ts` is the table, `@Consumes(id)` marks the handler; the transport joins the two. */
const broker = useBroker();

const steps: string[] = [];

/** Stands for the database: open as long as a handler may need it. */
@Injectable()
class Ledger implements OnApplicationShutdown {
  readonly rows: { n: number; queue: string }[] = [];
  gate: Promise<void> | undefined;

  onApplicationShutdown(): void {
    steps.push('ledger closed');
  }
}

@Consumes('singles')
class SingleHandler implements MessageHandler<Numbered> {
  constructor(private readonly ledger: Ledger) {}

  async handle({ n }: Numbered, { queue }: Envelope): Promise<Outcome> {
    if (n < 0) throw new RangeError('below zero');
    this.ledger.rows.push({ n, queue });
    return done();
  }
}

@Consumes('batches')
class WholeBatchHandler implements BatchHandler<Numbered> {
  constructor(private readonly ledger: Ledger) {}

  async handleBatch(items: BatchItem<Numbered>[]): Promise<Outcome[]> {
    steps.push('batch begun');
    await this.ledger.gate;
    for (const { message, envelope } of items) this.ledger.rows.push({ n: message.n, queue: envelope.queue });
    steps.push('batch done');
    return items.map(() => done());
  }
}

@Consumes('batches')
class RivalHandler extends WholeBatchHandler {
  override handleBatch(items: BatchItem<Numbered>[]): Promise<Outcome[]> {
    return super.handleBatch(items);
  }
}

const parking = new FakeParkingStore();

const createApp = async (consumers: ConsumerDefinition[], handlers: Type[]): Promise<INestApplication> => {
  @Module({
    imports: [
      MessagingModule.forRootAsync({
        useFactory: () => ({
          serviceName: 'nest-app',
          urls: broker.vhost.amqpUrl,
          consumers,
          connectTimeoutMs: 30_000,
          consuming: { parking, attempts: new FakeAttemptStore(), alonePausesMs: [1, 1] },
          publishing: { confirmTimeoutMs: 60_000 },
        }),
      }),
    ],
    controllers: handlers,
    providers: [Ledger],
  })
  class AppModule {}

  const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
  app.connectMicroservice({ strategy: app.get(RabbitTransport) });
  broker.afterwards(() => app.close());
  return app;
};

const singles = (queues: string[]): ConsumerDefinition<Numbered> => ({
  id: 'singles',
  contract: numbered,
  kind: 'single',
  queues,
});
const batches = (queues: string[]): ConsumerDefinition<Numbered> => ({
  id: 'batches',
  contract: numbered,
  kind: 'batch',
  queues,
  batchWaitMs: 50,
});

it('runs handlers with what Nest injects, message and envelope first', async () => {
  const [one, many] = [await broker.queue(), await broker.queue()];
  const app = await createApp([singles([one]), batches([many])], [SingleHandler, WholeBatchHandler]);
  await app.startAllMicroservices();
  await broker.vhost.send(one, [{ n: 1 }]);
  await broker.vhost.send(many, numbers(3));

  const ledger = app.get(Ledger);
  await waitFor(() => ledger.rows.length === 4);
  expect(ledger.rows).toEqual(
    expect.arrayContaining([
      { n: 1, queue: one },
      { n: 2, queue: many },
    ]),
  );
});

it('lets a throw arrive at the runner as itself, not as "Internal server error"', async () => {
  const queue = await broker.queue();
  const app = await createApp([singles([queue])], [SingleHandler]);
  await app.startAllMicroservices();
  await broker.vhost.send(queue, [{ n: -1 }], () => ({ messageId: 'below' }));
  const row = await waitFor(() => parking.rows.find(({ messageId }) => messageId === 'below'));
  expect(row.reason).toBe('RangeError');
});

it.each([
  ['a listed consumer has no handler', [singles([])], [], '"singles" is listed but has no handler'],
  ['a handler is not listed', [], [SingleHandler], '"singles" has a handler but is not listed'],
  ['two handlers claim one consumer', [batches([])], [WholeBatchHandler, RivalHandler], '"batches" has 2 handlers'],
  ['a consumer is listed twice', [singles([]), singles([])], [SingleHandler], '"singles" is listed twice'],
  [
    'table and handler disagree about batches',
    [{ ...batches([]), id: 'singles' }],
    [SingleHandler],
    '"singles" is listed as batch but its handler is not',
  ],
])('refuses to start when %s', async (_case, consumers, handlers, problem) => {
  const app = await createApp(consumers, handlers);
  await expect(app.startAllMicroservices()).rejects.toThrow(problem);
});

it('refuses a class with both kinds of handler, or none', () => {
  expect(() => Consumes('none')(class {})).toThrow('must have handle or handleBatch, and not both');
});

it('stops in order: the batch in hand is finished and acked, confirms come in, then what handlers need closes', async () => {
  const queue = await broker.queue();
  await broker.vhost.send(queue, numbers(5));
  const whole = { ...batches([queue]), batchSize: 5, batchWaitMs: 60_000 };
  const app = await createApp([whole], [WholeBatchHandler]);
  let finish = (): void => undefined;
  app.get(Ledger).gate = new Promise<void>((resolve) => (finish = resolve));
  steps.length = 0;
  await app.startAllMicroservices();
  await waitFor(() => steps.includes('batch begun'));

  const publisher = app.get(Publisher);
  await waitFor(() => publisher.isReady);
  const published = publisher.publish(aMessage({ routingKey: queue })).then(({ status }) => steps.push(status));
  const closed = app.close();
  await waitFor(() => app.get(ConsumerSupervisor).states()[0]?.phase === 'stopped');
  finish();
  await closed;
  await published;

  expect(steps.indexOf('batch done')).toBeGreaterThan(0);
  expect(steps.indexOf('ledger closed')).toBeGreaterThan(steps.indexOf('batch done'));
  expect(steps).toContain('confirmed');
  expect((await publisher.publish(aMessage({ routingKey: queue }))).status).toBe('unavailable');
  // The five are acked, the one published just now waits for the next start.
  expect(await broker.leftIn(queue)).toBe(1);
});
