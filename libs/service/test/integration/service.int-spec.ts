import { Injectable, Module, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import { z } from 'zod';
import { loadConfig } from '@groundswell/config';
import { exchanges, factKeys, factQueue } from '@groundswell/contracts';
import { Consumes, done, type ConsumerDefinition, type MessageHandler, type Outcome } from '@groundswell/messaging';
import { createLogger, HealthRegistry, Metrics } from '@groundswell/observability';
import { Database, OutboxRelay, OutboxRepository } from '@groundswell/persistence';
import { createTestDatabase, TestVhost, waitFor, type TestDatabase } from '@groundswell/testing';
import { createService, serviceModules, serviceVariables, type Runtime } from '../../src/index';

const configSchema = z.object(serviceVariables({ poolSize: 3 }));
type Config = Readonly<z.output<typeof configSchema>>;

const question = z.object({ id: z.string() });
const facts = factQueue('stats-service');
const answers = 'answers';
const consumers: ConsumerDefinition<z.infer<typeof question>>[] = [
  { id: 'questions', contract: question, kind: 'single', queues: [facts] },
];

const handled: string[] = [];
let held: Promise<void> = Promise.resolve();

/** Answers each message through the outbox: all parts of a service take part. */
@Consumes('questions')
@Injectable()
class AnswerHandler implements MessageHandler<z.infer<typeof question>> {
  constructor(
    private readonly database: Database,
    private readonly outbox: OutboxRepository,
    private readonly relay: OutboxRelay,
  ) {}

  async handle({ id }: z.infer<typeof question>): Promise<Outcome> {
    handled.push(id);
    await held;
    const message = { exchange: exchanges.event, routingKey: 'system.answer', type: null, headers: {}, lane: 0 };
    await this.database.run((manager) =>
      this.outbox.insert(manager, [{ ...message, messageId: `answer:${id}`, body: JSON.stringify({ id }) }], false),
    );
    this.relay.wake();
    return done();
  }
}

@Module({})
class AnsweringModule {
  static forRoot(runtime: Runtime<Config>): DynamicModule {
    return {
      module: AnsweringModule,
      imports: serviceModules(runtime, { name: 'stats-service', schema: 'stats', consumers }),
      controllers: [AnswerHandler],
    };
  }
}

describe('a service made of the shared parts', () => {
  let database: TestDatabase;
  let vhost: TestVhost;
  let sql: Client;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    [database, vhost] = await Promise.all([createTestDatabase(), TestVhost.create()]);
    sql = new Client({ connectionString: database.urls.owner });
    await sql.connect();
    await vhost.declareExchange(exchanges.event);
    await vhost.declareQueue(facts, { exchange: exchanges.event, key: factKeys.counters });
    await vhost.declareQueue(answers, { exchange: exchanges.event, key: 'system.answer' });
    const variables = { DATABASE_URL: database.urls.stats, AMQP_URL: vhost.amqpUrl, LOG_LEVEL: 'silent' };
    const config = loadConfig(configSchema, variables);
    app = await createService(AnsweringModule, {
      config,
      logger: createLogger({ service: 'stats-service', level: config.LOG_LEVEL }),
      health: new HealthRegistry({ keepMs: 0 }),
      metrics: new Metrics('stats-service', { withProcessMetrics: false }),
    });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
  });
  afterAll(async () => {
    await sql.end();
    await vhost.delete();
    await database.drop();
  });

  const statusOf = async (path: string): Promise<number> => (await app.inject({ method: 'GET', url: path })).statusCode;

  it('is ready once it has read the catalogue, and tells how it is', async () => {
    await waitFor(async () => (await statusOf('/ready')) === 200);
    for (const path of ['/live', '/health', '/metrics']) expect([path, await statusOf(path)]).toEqual([path, 200]);
  });

  it('shows what it stands on, and what it consumes', async () => {
    const shows = (line: RegExp) =>
      waitFor(async () => line.test((await app.inject({ method: 'GET', url: '/metrics' })).body));
    await shows(/^groundswell_consumer_running\{consumer="questions",service="stats-service"\} 1$/m);
    await shows(/^groundswell_consumer_queues\{consumer="questions",state="consuming",service="stats-service"\} 1$/m);
    await shows(/^groundswell_broker_up\{connection="consume",service="stats-service"\} 1$/m);
    await shows(/^groundswell_database_up\{pool="main",service="stats-service"\} 1$/m);
    await shows(/^proca_repo_query_query_time_count\{service="stats-service"\} [1-9]/m);
    await shows(/^groundswell_catalogue_age_seconds\{service="stats-service"\} [0-9.]+$/m);
  });

  it('publishes what a handler wrote to its outbox only once topology-service has confirmed the queues', async () => {
    await vhost.send(facts, [{ id: 'a' }]);
    await waitFor(async () => (await sql.query('select from stats.outbox')).rowCount === 1);
    await sql.query(
      `insert into topology.queue_sets (scope, version, state, confirmed_at) values ('system', 'test', 'confirmed', now())`,
    );
    const published = await waitFor(() => vhost.channel.get(answers, { noAck: true }));
    expect(published.properties.messageId).toBe('answer:a');
  });

  it('parks in its own schema what is no such message', async () => {
    await vhost.send(facts, [{ id: 1 }]);
    const parked = await waitFor(async () => (await sql.query('select queue from stats.parked')).rows[0]);
    expect(parked).toEqual({ queue: facts });
  });

  it('ends only once what it has in hand is handled, and what that wrote is published or waits', async () => {
    let letGo = () => {};
    held = new Promise((resolve) => (letGo = resolve));
    await vhost.send(facts, [{ id: 'held' }]);
    await waitFor(() => handled.includes('held'));
    const closed = app.close();
    letGo();
    await closed;
    const { rows } = await sql.query(
      `select message_id from stats.outbox where message_id = 'answer:held'
       union all select message_id from stats.outbox_sent where message_id = 'answer:held' and outcome = 'sent'`,
    );
    expect(rows).toHaveLength(1);
    expect((await vhost.look(facts))?.ready).toBe(0);
  });
});
