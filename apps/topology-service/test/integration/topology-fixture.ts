import { randomBytes } from 'node:crypto';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import { Client } from 'pg';
import { loadConfig } from '@groundswell/config';
import { SecretEnvelope } from '@groundswell/crypto';
import { createLogger } from '@groundswell/observability';
import { createTestDatabase, TestVhost, waitFor, type TestDatabase } from '@groundswell/testing';
import { configSchema } from '../../src/config';
import { createApp } from '../../src/create-app';

export interface QueueSetRow {
  scope: string;
  version: string;
  state: string;
  queues: string[];
  detail: string | null;
  confirmed_at: Date | null;
  whole_at: Date | null;
  is_full: boolean;
}

type Variables = Record<string, string>;
type App = Awaited<ReturnType<typeof createApp>>;

/** A running topology-service. */
export interface RunningService {
  /** Status and body of one of the probes. */
  get(path: string): Promise<{ status: number; text: string }>;
  stop(): Promise<void>;
}

/** One database and one vhost, replicas of the service on them, and the gateway's hand in the catalogue. */
export class TopologyFixture {
  private readonly services = new Set<RunningService>();
  private readonly connections = new Set<ChannelModel>();

  private constructor(
    readonly database: TestDatabase,
    readonly vhost: TestVhost,
    /** As the database's owner. */
    readonly sql: Client,
    readonly prefix: string,
    private readonly envelopeKey: string,
  ) {}

  static async create(): Promise<TopologyFixture> {
    const [database, vhost] = await Promise.all([createTestDatabase(), TestVhost.create()]);
    const sql = new Client({ connectionString: database.urls.owner });
    await sql.connect();
    const prefix = `t${randomBytes(4).toString('hex')}-`;
    return new TopologyFixture(database, vhost, sql, prefix, randomBytes(32).toString('base64url'));
  }

  variables(overrides: Variables = {}): Variables {
    return {
      DATABASE_URL: this.database.urls.topology,
      AMQP_URL: this.vhost.amqpUrl,
      AMQP_MANAGEMENT_URL: process.env['TEST_AMQP_MANAGEMENT_URL'] ?? '',
      ENVELOPE_KEY: this.envelopeKey,
      BROKER_GATEWAY_PASSWORD: 'gateway-password',
      BROKER_INGEST_PASSWORD: 'ingest-password',
      BROKER_NOTIFY_PASSWORD: 'notify-password',
      BROKER_MAIL_PASSWORD: 'mail-password',
      BROKER_STATS_PASSWORD: 'stats-password',
      BROKER_MTT_PASSWORD: 'mtt-password',
      BROKER_FORWARDER_PASSWORD: 'forwarder-password',
      BROKER_USER_PREFIX: this.prefix,
      YOUNG_QUEUE_MS: '50',
      QUEUE_LOOK_MS: '200',
      RECONCILE_MS: '400',
      CATALOGUE_POLL_MS: '100',
      LEASE_MS: '1500',
      RETRY_TTL_MS: '100',
      BROKER_RETRY_FIRST_MS: '50',
      BROKER_RETRY_MAX_MS: '200',
      LOG_LEVEL: process.env['TOPOLOGY_TEST_LOG'] ?? 'silent',
      ...overrides,
    };
  }

  async startService(overrides: Variables = {}): Promise<RunningService> {
    const config = loadConfig(configSchema, this.variables(overrides));
    const app: App = await createApp(config, createLogger({ service: 'topology-service', level: config.LOG_LEVEL }));
    await app.listen(0, '127.0.0.1');
    const base = await app.getUrl();
    const service: RunningService = {
      get: async (path) => {
        const response = await fetch(base + path);
        return { status: response.status, text: await response.text() };
      },
      stop: async () => {
        if (this.services.delete(service)) await app.close();
      },
    };
    this.services.add(service);
    return service;
  }

  async close(): Promise<void> {
    await Promise.all([...this.services].map((service) => service.stop()));
    await Promise.all([...this.connections].map((connection) => connection.close().catch(() => undefined)));
    const users = (await this.vhost.manage('GET', '/api/users')) as { name: string }[];
    const ours = users.filter(({ name }) => name.startsWith(this.prefix));
    await Promise.all(ours.map(({ name }) => this.vhost.manage('DELETE', `/api/users/${name}`)));
    await this.sql.end();
    await Promise.all([this.vhost.delete(), this.database.drop()]);
  }

  /** Asks the replica started last. */
  probe(path: string): Promise<{ status: number; text: string }> {
    const service = [...this.services].at(-1);
    if (!service) throw new Error('no replica runs');
    return service.get(path);
  }

  /** Columns by their names; returns the id. */
  async addOrg(name: string, columns: Record<string, unknown> = {}): Promise<number> {
    const fields = { name, title: name, ...columns };
    const names = Object.keys(fields);
    const { rows } = await this.sql.query(
      `insert into catalog.orgs (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})
       returning id`,
      Object.values(fields),
    );
    return Number(rows[0].id);
  }

  async updateOrg(id: number, columns: Record<string, unknown>): Promise<void> {
    const names = Object.keys(columns);
    const changes = names.map((name, index) => `${name} = $${index + 2}`).join(', ');
    await this.sql.query(`update catalog.orgs set ${changes} where id = $1`, [id, ...Object.values(columns)]);
  }

  async addService(orgId: number, name: string): Promise<number> {
    const { rows } = await this.sql.query('insert into catalog.services (org_id, name) values ($1, $2) returning id', [
      orgId,
      name,
    ]);
    return Number(rows[0].id);
  }

  async queueSet(scope: string): Promise<QueueSetRow | undefined> {
    const { rows } = await this.sql.query('select * from topology.queue_sets where scope = $1', [scope]);
    return rows[0] as QueueSetRow | undefined;
  }

  /** Waits until the scope is confirmed, after `since` where given, and without what `isYet` still waits for. */
  confirmed(scope: string, isYet: (row: QueueSetRow) => boolean = () => true): Promise<QueueSetRow> {
    return waitFor(async () => {
      const row = await this.queueSet(scope);
      return row?.state === 'confirmed' && isYet(row) ? row : undefined;
    });
  }

  /** Every change of a scope from now on, in order, and how often anything was announced of it. What was announced of the
   *  present state may still be under way. */
  async recordStates(scope: string): Promise<{ states: string[]; announced: number }> {
    const row = await this.queueSet(scope);
    let last = `${row?.state} ${row?.version}`;
    const channel = await this.vhost.channel.assertQueue('', { exclusive: true });
    await this.vhost.channel.bindQueue(channel.queue, 'event', 'system.topology.#');
    const record = { states: [] as string[], announced: 0 };
    await this.vhost.channel.consume(
      channel.queue,
      (message) => {
        const event = JSON.parse(message?.content.toString() ?? '{}') as {
          orgId: number | null;
          state: string;
          version: string;
        };
        if ((event.orgId === null ? 'system' : `org:${event.orgId}`) !== scope) return;
        record.announced += 1;
        const now = `${event.state} ${event.version}`;
        if (now !== last) record.states.push(event.state);
        last = now;
      },
      { noAck: true },
    );
    return record;
  }

  /** Bindings of a queue as "exchange key", without the default exchange. */
  async bindings(queue: string): Promise<string[]> {
    const listed = (await this.vhost.manage(
      'GET',
      `/api/queues/${this.vhost.name}/${encodeURIComponent(queue)}/bindings`,
    )) as { source: string; routing_key: string }[] | undefined;
    return (listed ?? [])
      .filter(({ source }) => source !== '')
      .map(({ source, routing_key: key }) => `${source} ${key}`)
      .sort();
  }

  /** Name and password of an org's broker user. */
  async orgUser(orgId: number): Promise<{ user: string; password: string }> {
    const { rows } = await this.sql.query('select username, password from topology.broker_users where org_id = $1', [
      orgId,
    ]);
    const row = rows[0] as { username: string; password: string };
    return { user: row.username, password: SecretEnvelope.fromText(this.envelopeKey).open(row.password).toString() };
  }

  /** A connection of the broker's administrator; closed with the fixture. */
  administrator(): Promise<ChannelModel> {
    const { username, password } = new URL(this.vhost.amqpUrl);
    return this.logIn(decodeURIComponent(username), decodeURIComponent(password));
  }

  /** A connection of another user; closed with the fixture. */
  async logIn(user: string, password: string): Promise<ChannelModel> {
    const url = new URL(this.vhost.amqpUrl);
    url.username = user;
    url.password = password;
    const connection = await connect(url.href);
    connection.on('error', () => undefined);
    this.connections.add(connection);
    return connection;
  }
}

/** What the broker says to a step on a channel of its own: "ok", or the code of its refusal. */
export async function answerTo(
  connection: ChannelModel,
  step: (channel: Channel) => Promise<unknown>,
): Promise<'ok' | number> {
  const channel = await connection.createChannel();
  const closed = new Promise<number>((resolve) =>
    channel.on('error', (error: { code?: number }) => resolve(error.code ?? -1)),
  );
  // The broker answers in order: once this passive question is through, so is what was asked before.
  const done = step(channel)
    .then(() => channel.checkExchange('amq.topic'))
    .then(() => 'ok' as const);
  const answer = await Promise.race([done, closed]).catch((error: { code?: number }) => error.code ?? -1);
  if (answer === 'ok') await channel.close();
  return answer;
}
