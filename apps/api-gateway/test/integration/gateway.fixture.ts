import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import request from 'supertest';
import { loadConfig } from '@groundswell/config';
import {
  ingestMessageV1,
  ingestQueue,
  partitionCount,
  type ContactSubmissionV1,
  type IngestMessageV1,
} from '@groundswell/contracts';
import { cryptoReady, generateKeyPair, hashApiToken, newApiToken, type KeyPair } from '@groundswell/crypto';
import { roleMask } from '@groundswell/domain';
import { createLogger, HealthRegistry } from '@groundswell/observability';
import { Catalogue } from '@groundswell/persistence';
import { createTestDatabase, RabbitProxy, TestVhost, waitFor, type TestDatabase } from '@groundswell/testing';
import { Redis } from 'ioredis';
import { SigningHealth } from '../../src/accepting/signing-health';
import { decodeCopy, type KeptCatalogue } from '../../src/catalogue-copy/copy-format';
import { copyKey } from '../../src/catalogue-copy/redis.copy-store';
import { configSchema } from '../../src/config';
import { createApp } from '../../src/http/create-app';
import { addActionContact, declareIngestQueues, signature, type GraphqlAnswer } from './accept.fixture';

/** One whole gateway, as main.ts builds it. */
export class RunningGateway {
  constructor(
    readonly app: NestFastifyApplication,
    /** From the first line of code until it listened, ms. */
    /** Texts of warnings, in order. */
    readonly warnings: string[],
  ) {}

  get catalogue(): Catalogue {
    return this.app.get(Catalogue);
  }

  get http() {
    return request(this.app.getHttpServer());
  }

  async post(query: string, variables: object = {}, token?: string): Promise<GraphqlAnswer> {
    const call = this.http.post('/api');
    if (token) call.set('authorization', `Bearer ${token}`);
    const answer = await call.send({ query, variables });
    if (answer.status !== 200) throw new Error(`HTTP ${answer.status}: ${answer.text}`);
    return answer.body as GraphqlAnswer;
  }

  sign(pageId: number, email = 'harald@example.org'): Promise<GraphqlAnswer> {
    const values = signature(pageId);
    return this.post(addActionContact, { ...values, contact: { ...values.contact, email } });
  }

  /** Asks the checks themselves: what `/ready` answers may be half a second old. */
  isReady(): Promise<unknown> {
    const health = new HealthRegistry({ keepMs: 0 });
    this.app.get<SigningHealth>(SigningHealth, { strict: false }).register(health);
    return waitFor(async () => {
      const { broker, catalogue } = (await health.ready()).results;
      return broker?.state === 'up' && catalogue?.state === 'up';
    });
  }
}

export type Environment = Record<string, string>;

/** Servers for several whole gateways: each of database, broker and Redis behind a proxy that can fail. */
export class GatewayFleet {
  private readonly running = new Set<RunningGateway>();
  private readonly envelopeKey = randomBytes(32).toString('base64url');

  private constructor(
    readonly database: TestDatabase,
    readonly vhost: TestVhost,
    readonly proxies: { database: RabbitProxy; broker: RabbitProxy; redis: RabbitProxy },
    readonly sql: Client,
    readonly redis: Redis,
  ) {}

  static async create(): Promise<GatewayFleet> {
    await cryptoReady();
    const redisUrl = process.env['TEST_REDIS_URL'];
    if (!redisUrl) throw new Error('TEST_REDIS_URL is not set: run the tests through npm test');
    const [database, vhost] = await Promise.all([createTestDatabase(), TestVhost.create()]);
    const [toDatabase, toBroker, toRedis] = await Promise.all(
      [database.urls.gateway, vhost.amqpUrl, redisUrl].map((url) => RabbitProxy.start(url)),
    );
    const sql = new Client({ connectionString: database.urls.owner });
    await sql.connect();
    await declareIngestQueues(vhost);
    await sql.query(`insert into topology.queue_sets (scope, version, state) values ('system', '1', 'confirmed')`);
    const proxies = { database: toDatabase!, broker: toBroker!, redis: toRedis! };
    return new GatewayFleet(database, vhost, proxies, sql, new Redis(redisUrl));
  }

  async start(changes: Environment = {}): Promise<RunningGateway> {
    const config = loadConfig(configSchema, {
      DATABASE_URL: this.proxies.database.amqpUrl,
      AMQP_URL: this.proxies.broker.amqpUrl,
      REDIS_URL: this.proxies.redis.amqpUrl,
      ENVELOPE_KEY: this.envelopeKey,
      DATABASE_WAIT_MS: '60000',
      RECONNECT_FIRST_MS: '50',
      RECONNECT_LONGEST_MS: '200',
      NODE_ENV: 'test',
      ...changes,
    });
    const warnings: string[] = [];
    const logger = createLogger({ service: 'api-gateway', level: 'silent' });
    logger.warn = ((_fields: object, text: string) => void warnings.push(text)) as typeof logger.warn;
    const app = await createApp(config, logger, (reason) => {
      throw reason;
    });
    await app.listen(0, '127.0.0.1');
    const gateway = new RunningGateway(app, warnings);
    this.running.add(gateway);
    return gateway;
  }

  /** A gateway whose catalogue lies in Redis. */
  async startAndKeep(): Promise<RunningGateway> {
    const gateway = await this.start();
    await this.copyIsCurrent();
    return gateway;
  }

  async readCopy(): Promise<KeptCatalogue> {
    const body = await this.redis.hgetBuffer(this.copyKey, 'body');
    const copy = body && (await decodeCopy(body));
    if (!copy) throw new Error('no copy');
    return copy;
  }

  /** What is left of a gateway afterwards is what it had written before: nothing is kept at the end. */
  async stop(gateway: RunningGateway): Promise<void> {
    this.running.delete(gateway);
    await gateway.app.close();
  }

  /** The hash with the copy of this fleet's catalogue. */
  get copyKey(): string {
    return copyKey(this.proxies.database.amqpUrl);
  }

  /** The copy in Redis is of the database's present version. */
  async copyIsCurrent(): Promise<void> {
    await waitFor(async () => {
      const { rows } = await this.sql.query<{ version: string }>('select version from catalog.catalogue_version');
      const stamp = await this.redis.hget(this.copyKey, 'stamp');
      return stamp?.startsWith(`${rows[0]?.version}:confirmed:`);
    });
  }

  async insert(table: string, columns: Record<string, unknown>, schema = 'catalog'): Promise<number> {
    const names = Object.keys(columns);
    const { rows } = await this.sql.query<{ id: string }>(
      `insert into ${schema}.${table} (${names.join(', ')}) values (${names.map((_name, i) => `$${i + 1}`).join(', ')})
       returning id`,
      Object.values(columns),
    );
    return Number(rows[0]?.id);
  }

  /** A page of an org with an active key. */
  async insertPage(name = 'act.org/bees'): Promise<{ orgId: number; pageId: number; key: KeyPair & { id: number } }> {
    const slug = name.replace(/\W/g, '_');
    const orgId = await this.insert('orgs', { name: slug, title: slug });
    const campaignId = await this.insert('campaigns', { name: slug, title: slug, org_id: orgId });
    const key = await this.activateKey(orgId);
    const page = { name, locale: 'en', org_id: orgId, campaign_id: campaignId };
    return { orgId, pageId: await this.insert('action_pages', page), key };
  }

  /** API token of a new user, who owns these orgs. */
  async addOwner(...orgIds: number[]): Promise<string> {
    const { token } = newApiToken();
    const email = `${randomBytes(6).toString('hex')}@example.org`;
    const userId = await this.insert('users', { email, hashed_password: 'x' });
    await this.insert('users_tokens', { user_id: userId, token: hashApiToken(token), context: 'api' });
    for (const orgId of orgIds) {
      await this.insert('staffers', { user_id: userId, org_id: orgId, perms: roleMask.owner });
    }
    return token;
  }

  /** A new active key of the org in place of any other, as another replica would make it. */
  async activateKey(orgId: number): Promise<KeyPair & { id: number }> {
    const pair = generateKeyPair();
    await this.sql.query('begin');
    await this.sql.query('update catalog.public_keys set active = false where org_id = $1 and active', [orgId]);
    const id = await this.insert('public_keys', { org_id: orgId, name: 'key', public: pair.public, active: true });
    await this.sql.query('commit');
    return { ...pair, id };
  }

  /** What lies in the ingest queues, taken out. */
  async takeIngested(): Promise<{ partition: number; messageId: string; message: IngestMessageV1 }[]> {
    const taken: { partition: number; messageId: string; message: IngestMessageV1 }[] = [];
    for (let partition = 0; partition < partitionCount; partition += 1) {
      for (const { content, properties } of await this.vhost.drain(ingestQueue(partition))) {
        const message = ingestMessageV1.parse(JSON.parse(content.toString('utf8')));
        taken.push({ partition, messageId: String(properties.messageId), message });
      }
    }
    return taken;
  }

  async takeSubmissions(): Promise<ContactSubmissionV1[]> {
    return (await this.takeIngested()).map(({ message }) => message as ContactSubmissionV1);
  }

  async close(): Promise<void> {
    for (const proxy of Object.values(this.proxies)) proxy.thaw();
    for (const gateway of this.running) await gateway.app.close();
    await this.redis.del(this.copyKey);
    this.redis.disconnect();
    await Promise.all(Object.values(this.proxies).map((proxy) => proxy.close()));
    await this.sql.end();
    await Promise.all([this.vhost.delete(), this.database.drop()]);
  }
}
