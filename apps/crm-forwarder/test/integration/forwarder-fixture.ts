import { randomBytes, randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Options } from 'amqplib';
import { Pool } from 'pg';
import { loadConfig } from '@groundswell/config';
import { exchanges, requestKey, requestQueue, systemQueues, webhookQueue } from '@groundswell/contracts';
import { cryptoReady, SecretEnvelope } from '@groundswell/crypto';
import { roleMask } from '@groundswell/domain';
import { createLogger, HealthRegistry, Metrics } from '@groundswell/observability';
import { Catalogue } from '@groundswell/persistence';
import { createService } from '@groundswell/service';
import { createTestDatabase, RabbitProxy, TestVhost, waitFor, type TestDatabase } from '@groundswell/testing';
import { AppModule } from '../../src/app.module';
import { configSchema } from '../../src/config';
import type { PushKind } from '../../src/pushing/push-backend';

export interface TestOrg {
  id: number;
  name: string;
}

export interface TestService {
  name: 'webhook' | 'sqs';
  host?: string;
  user?: string;
  password?: string;
  path?: string | null;
}

export type BackendColumn = 'push_backend_id' | 'event_backend_id';

export interface PushRow {
  id: string;
  orgId: number;
  messageId: string;
  kind: PushKind;
  body: string | null;
  headers: Record<string, unknown>;
  actionId: number | null;
  subjectRef: Buffer | null;
  subjectAt: Date | null;
  state: 'waiting' | 'sending' | 'delivered' | 'failed' | 'dropped';
  attempts: number;
  lastError: string | null;
}

export interface ParkedRow {
  id: string;
  queue: string;
  messageId: string;
  reason: string;
  details: Record<string, unknown> | null;
  headers: Record<string, unknown>;
  body: Buffer;
}

/** Nothing answers there: what is pushed to it goes on waiting. */
export const nobody = 'http://127.0.0.1:1/push';

/** How long a message that was rejected waits before it comes home. */
const retryTtlMs = 200;

/** crm-forwarder in this process, on a database and a vhost of its own, with exchanges and queues as topology-service makes
 *  them. Its database is reached through a proxy, so that it can be away. */
export class ForwarderFixture {
  private readonly apps = new Map<NestFastifyApplication, Metrics>();
  private readonly envelopeKey = randomBytes(32).toString('base64url');
  private numbers = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly databaseProxy: RabbitProxy,
    readonly vhost: TestVhost,
    readonly sql: Pool,
  ) {}

  static async create(): Promise<ForwarderFixture> {
    await cryptoReady();
    const [database, vhost] = await Promise.all([createTestDatabase(), TestVhost.create()]);
    const proxy = await RabbitProxy.start(database.urls.forwarder);
    const sql = new Pool({ connectionString: database.urls.owner, max: 3 });
    const fixture = new ForwarderFixture(database, proxy, vhost, sql);
    await fixture.declareSystem();
    await sql.query(
      `insert into topology.queue_sets (scope, version, state, confirmed_at) values ('system', 'test', 'confirmed', now())`,
    );
    await fixture.anOrg('instance');
    return fixture;
  }

  async start(variables: Record<string, string> = {}): Promise<NestFastifyApplication> {
    const config = loadConfig(configSchema, {
      DATABASE_URL: this.databaseProxy.amqpUrl,
      AMQP_URL: this.vhost.amqpUrl,
      LOG_LEVEL: process.env['FORWARDER_TEST_LOG'] ?? 'silent',
      REPLICA_ID: `test-${randomUUID()}`,
      ENVELOPE_KEY: this.envelopeKey,
      RECONNECT_FIRST_MS: '50',
      RECONNECT_LONGEST_MS: '500',
      CATALOGUE_POLL_MS: '100',
      PUSH_POLL_MS: '50',
      PUSH_CONNECT_TIMEOUT_MS: '20000',
      PUSH_TIMEOUT_MS: '20000',
      PUSH_LEASE_MS: '90000',
      TIDY_INTERVAL: '100',
      ...variables,
    });
    const metrics = new Metrics('crm-forwarder', { withProcessMetrics: false });
    const app = await createService(AppModule, {
      config,
      logger: createLogger({ service: 'crm-forwarder', level: config.LOG_LEVEL }),
      health: new HealthRegistry({ keepMs: 0 }),
      metrics,
    });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    this.apps.set(app, metrics);
    return app;
  }

  get running(): NestFastifyApplication[] {
    return [...this.apps.keys()];
  }

  async stop(app: NestFastifyApplication): Promise<void> {
    if (this.apps.delete(app)) await app.close();
  }

  async close(): Promise<void> {
    this.databaseProxy.accept();
    for (const app of this.running) await this.stop(app);
    await this.databaseProxy.close();
    await this.sql.end();
    await this.vhost.delete();
    await this.database.drop();
  }

  next(): number {
    this.numbers += 1;
    return this.numbers;
  }

  unique(prefix: string): string {
    return `${prefix}${this.next()}`;
  }

  /** Until every running service has read what was changed behind the API. */
  async seen(condition: (catalogue: Catalogue) => boolean): Promise<void> {
    await waitFor(() => this.running.every((app) => condition(app.get(Catalogue))));
  }

  async metricsText(): Promise<string> {
    return (await Promise.all([...this.apps.values()].map((metrics) => metrics.text()))).join('\n');
  }

  async insert(table: string, columns: Record<string, unknown>): Promise<number> {
    const names = Object.keys(columns);
    const { rows } = await this.sql.query<{ id: string }>(
      `insert into ${table} (${names.join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')}) returning id`,
      Object.values(columns),
    );
    return Number(rows[0]?.id);
  }

  async anOrg(name = this.unique('org')): Promise<TestOrg> {
    return { id: await this.insert('catalog.orgs', { name, title: `The ${name}` }), name };
  }

  async aStaffer({ id }: TestOrg, role: 'owner' | 'campaigner' = 'owner'): Promise<{ userId: number; email: string }> {
    const email = `${this.unique(role)}@example.org`;
    const userId = await this.insert('catalog.users', { email, hashed_password: 'x' });
    await this.insert('catalog.staffers', { user_id: userId, org_id: id, perms: roleMask[role] });
    return { userId, email };
  }

  seal(secret: string): string {
    return SecretEnvelope.fromText(this.envelopeKey).seal(secret);
  }

  /** A service of the org that nothing uses yet. */
  aService({ id }: TestOrg, { host = nobody, user = '', password = '', ...service }: TestService): Promise<number> {
    const sealed = password && this.seal(password);
    return this.insert('catalog.services', { org_id: id, ...service, host, password: sealed, '"user"': user });
  }

  async setBackend({ id }: TestOrg, column: BackendColumn, serviceId: number | null): Promise<void> {
    await this.sql.query(`update catalog.orgs set ${column} = $2 where id = $1`, [id, serviceId]);
  }

  /** An org that pushes both actions and events to one service, with its queue. */
  async aPushingOrg(service: TestService): Promise<TestOrg & { serviceId: number }> {
    const org = await this.anOrg();
    const serviceId = await this.aService(org, service);
    for (const column of ['push_backend_id', 'event_backend_id'] as const) {
      await this.setBackend(org, column, serviceId);
    }
    if (service.name === 'webhook') await this.declareQueue(webhookQueue(org.name));
    return { ...org, serviceId };
  }

  /** In the retry circuit, as every queue that is read by consumers. */
  async declareQueue(name: string): Promise<void> {
    const { channel } = this.vhost;
    const circuit = { 'x-dead-letter-exchange': exchanges.fail, 'x-dead-letter-routing-key': name };
    await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum', ...circuit } });
    await channel.bindQueue(name, exchanges.retry, name);
  }

  /** Takes one message and rejects it, as a reader does that cannot use it now: it goes round the circuit. */
  async reject(queue: string): Promise<void> {
    const { channel } = this.vhost;
    const message = await waitFor(() => channel.get(queue));
    channel.nack(message, false, false);
  }

  /** As the relay of another service publishes it, but straight into the queue. */
  async send(queue: string, body: unknown, properties: Options.Publish = {}): Promise<void> {
    await this.vhost.send(queue, [body], () => properties);
  }

  /** By id. */
  async pushes(orgId?: number): Promise<PushRow[]> {
    const { rows } = await this.sql.query<PushRow>(
      `select id, org_id::int as "orgId", message_id as "messageId", kind, body, headers, action_id::int as "actionId",
              subject_ref as "subjectRef", subject_at as "subjectAt", state, attempts, last_error as "lastError"
         from forwarder.pushes where $1::bigint is null or org_id = $1 order by id`,
      [orgId ?? null],
    );
    return rows;
  }

  /** Once there are that many. */
  taken(count: number, orgId?: number): Promise<PushRow[]> {
    return waitFor(async () => {
      const rows = await this.pushes(orgId);
      return rows.length >= count && rows;
    });
  }

  async parked(): Promise<ParkedRow[]> {
    const { rows } = await this.sql.query<ParkedRow>(
      `select id, queue, message_id as "messageId", reason, details, headers, body from forwarder.parked order by id`,
    );
    return rows;
  }

  /** Once there are that many. */
  parkedOnce(count: number): Promise<ParkedRow[]> {
    return waitFor(async () => {
      const rows = await this.parked();
      return rows.length >= count && rows;
    });
  }

  /** Messages the running services are done with, by consumer. */
  async settled(consumer: string): Promise<number> {
    const counts = (await this.metricsText()).matchAll(/^groundswell_consumed_total\{(.*)\} (\d+)$/gm);
    return [...counts].reduce(
      (sum, [, labels = '', count]) => sum + (labels.includes(`consumer="${consumer}"`) ? Number(count) : 0),
      0,
    );
  }

  private async declareSystem(): Promise<void> {
    const { vhost } = this;
    const { channel } = vhost;
    await vhost.declareExchange(exchanges.dead);
    const withAlternate = { durable: true, arguments: { 'alternate-exchange': exchanges.dead } };
    await channel.assertExchange(exchanges.retry, 'topic', withAlternate);
    for (const name of [exchanges.fail, exchanges.event, exchanges.deliver, exchanges.ingest, exchanges.reply]) {
      await vhost.declareExchange(name);
    }
    await channel.assertQueue(systemQueues.retry, {
      durable: true,
      arguments: {
        'x-queue-type': 'quorum',
        'x-dead-letter-exchange': exchanges.retry,
        'x-message-ttl': retryTtlMs,
      },
    });
    await channel.bindQueue(systemQueues.retry, exchanges.fail, '#');
    await vhost.declareQueue(systemQueues.dead, { exchange: exchanges.dead, key: '#' });
    await this.declareQueue(systemQueues.sqs);
    await vhost.declareQueue(requestQueue('crm-forwarder'), {
      exchange: exchanges.ingest,
      key: requestKey('crm-forwarder'),
    });
    // As for email-delivery, which is not there.
    await vhost.declareQueue(systemQueues.emailRequest, { exchange: exchanges.deliver, key: 'system.mail.*' });
  }
}
