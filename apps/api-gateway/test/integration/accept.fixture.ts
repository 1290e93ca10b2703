import { randomBytes } from 'node:crypto';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import request from 'supertest';
import { ingestMessageV1, ingestQueue, partitionCount, type IngestMessageV1 } from '@groundswell/contracts';
import { cryptoReady, generateKeyPair, openBox, SecretEnvelope, type KeyPair } from '@groundswell/crypto';
import { FakeAttemptStore, FakeParkingStore, MessagingModule } from '@groundswell/messaging';
import { HealthModule, HealthRegistry, Metrics } from '@groundswell/observability';
import { Catalogue } from '@groundswell/persistence';
import { createTestDatabase, RabbitProxy, TestVhost, waitFor, type TestDatabase } from '@groundswell/testing';
import { AcceptingModule } from '../../src/accepting/accepting.module';
import { RequestAuthenticator } from '../../src/auth/request-authenticator';
import { CatalogueModule } from '../../src/catalogue-writing/catalogue.module';
import { GraphqlApiModule } from '../../src/graphql/graphql-api.module';
import { actionsSdl } from '../../src/graphql/schema/actions.graphql';
import { baseSdl } from '../../src/graphql/schema/base.graphql';
import { createHttpAdapter } from '../../src/http/http-adapter';
import { RuntimeModule } from '../../src/http/runtime.module';
import { LinksModule } from '../../src/links/links.module';
import { CatalogOutboxPublisher } from '../../src/spool/catalog-outbox.publisher';
import { IngestQueues } from '../../src/spool/ingest-queues';
import { SpoolPublishingModule } from '../../src/spool/spool-publishing.module';

export const fingerprintSeed = '4xFc6MsafPEwc6ME';
const refreshMs = 100;

class NobodyAuthenticator extends RequestAuthenticator {
  viewerOf(): Promise<null> {
    return Promise.resolve(null);
  }

  forgetUser(): void {
    return undefined;
  }
}

@Global()
@Module({
  providers: [{ provide: RequestAuthenticator, useClass: NobodyAuthenticator }],
  exports: [RequestAuthenticator],
})
class NobodyAuthModule {}

const typeDefs = `${baseSdl}\n${actionsSdl}\nextend type RootQueryType { hello: String }`;

export interface GraphqlAnswer {
  data: Record<string, { contactRef: string; firstName: string | null } | null> | null;
  errors?: { message: string; path?: (string | number)[]; extensions?: Record<string, unknown> }[];
}

export interface StoredRow {
  message_id: string;
  routing_key: string;
  exchange: string;
  body: string;
}

/** The gateway's accept path on a database and a broker of its own, both behind proxies that can fail. */
export class AcceptFixture {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly database: TestDatabase,
    readonly vhost: TestVhost,
    readonly brokerProxy: RabbitProxy,
    readonly databaseProxy: RabbitProxy,
    readonly sql: Client,
    readonly envelope: SecretEnvelope,
    readonly metrics: Metrics,
    readonly health: HealthRegistry,
  ) {}

  /** `queues: false`: topology-service has not declared anything yet. `confirmTimeoutMs` is for brokers that hang. */
  static async start({ queues = true, confirmTimeoutMs = 60_000 } = {}): Promise<AcceptFixture> {
    const [database, vhost] = await Promise.all([createTestDatabase(), TestVhost.create()]);
    const brokerProxy = await RabbitProxy.start(vhost.amqpUrl);
    const databaseProxy = await RabbitProxy.start(database.urls.gateway);
    const sql = new Client({ connectionString: database.urls.owner });
    await sql.connect();
    const envelope = new SecretEnvelope([randomBytes(32)]);
    const metrics = new Metrics('api-gateway', { withProcessMetrics: false });
    const health = new HealthRegistry({ keepMs: 0 });
    await vhost.declareExchange('event');
    if (queues) await declareIngestQueues(vhost);
    if (queues) await confirmSystemQueues(sql);
    await insertInstanceOrg(sql, envelope);
    const root = moduleOf({ databaseProxy, brokerProxy, envelope, metrics, health, confirmTimeoutMs });
    const adapter = await createHttpAdapter({ allowedOrigins: ['*'], trustedProxies: 0 });
    const app = await NestFactory.create<NestFastifyApplication>(root, adapter, { logger: ['error', 'fatal'] });
    await app.listen(0, '127.0.0.1');
    const fixture = new AcceptFixture(app, database, vhost, brokerProxy, databaseProxy, sql, envelope, metrics, health);
    if (queues) {
      await waitFor(() => app.get(IngestQueues).isSystemConfirmed);
      await fixture.brokerIsUsed();
    }
    return fixture;
  }

  async close(): Promise<void> {
    this.databaseProxy.thaw();
    this.brokerProxy.thaw();
    await this.app.close();
    await Promise.all([this.brokerProxy.close(), this.databaseProxy.close(), this.sql.end()]);
    await Promise.all([this.vhost.delete(), this.database.drop()]);
  }

  get catalogue(): Catalogue {
    return this.app.get(Catalogue);
  }

  async post(query: string, variables: object, headers: Record<string, string> = {}): Promise<GraphqlAnswer> {
    const answer = await this.postRaw({ query, variables }, headers);
    return answer.body as GraphqlAnswer;
  }

  postRaw(body: object, headers: Record<string, string> = {}): request.Test {
    return request(this.app.getHttpServer()).post('/api').set(headers).send(body);
  }

  /** Signs page `pageId`; everything else is filled in unless given. */
  sign(pageId: number, changes: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
    return this.post(addActionContact, { ...signature(pageId), ...changes }, headers);
  }

  /** What lies in the ingest queues, taken out: partition, properties and parsed body. */
  async takeIngested(): Promise<{ partition: number; messageId: string; message: IngestMessageV1; raw: string }[]> {
    const taken: { partition: number; messageId: string; message: IngestMessageV1; raw: string }[] = [];
    for (let partition = 0; partition < partitionCount; partition += 1) {
      for (const { content, properties } of await this.vhost.drain(ingestQueue(partition))) {
        const raw = content.toString('utf8');
        const message = ingestMessageV1.parse(JSON.parse(raw));
        taken.push({ partition, messageId: String(properties.messageId), message, raw });
      }
    }
    return taken;
  }

  async spooled(): Promise<StoredRow[]> {
    const { rows } = await this.sql.query<StoredRow>(
      `select * from catalog.outbox where exchange = 'ingest' order by id`,
    );
    return rows;
  }

  /** The catalogue of the gateway has what was just written by SQL. */
  async catalogueIsCurrent(): Promise<void> {
    const { rows } = await this.sql.query<{ version: string }>('select version from catalog.catalogue_version');
    await waitFor(() => this.catalogue.version === Number(rows[0]?.version));
  }

  async insertOrg(name: string, columns: Record<string, unknown> = {}): Promise<number> {
    return this.insert('orgs', { name, title: name, ...columns });
  }

  async insertCampaign(name: string, orgId: number | null, columns: Record<string, unknown> = {}): Promise<number> {
    return this.insert('campaigns', { name, title: `About ${name}`, org_id: orgId, ...columns });
  }

  async insertPage(name: string, orgId: number, campaignId: number, columns: Record<string, unknown> = {}) {
    return this.insert('action_pages', { name, locale: 'en', org_id: orgId, campaign_id: campaignId, ...columns });
  }

  /** A new active key of the org in place of any other. */
  async activateKey(orgId: number): Promise<KeyPair & { id: number }> {
    const pair = generateKeyPair();
    await this.sql.query('update catalog.public_keys set active = false where org_id = $1 and active', [orgId]);
    const id = await this.insert('public_keys', { org_id: orgId, name: 'key', public: pair.public, active: true });
    return { ...pair, id };
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

  instanceKey() {
    const org = this.catalogue.orgByName('instance');
    const key = org && this.catalogue.activeKeyOf(org.id);
    if (!key) throw new Error('no instance key');
    return key;
  }

  /** Clear text of a stored payload, opened as the org does. */
  open(record: { payload: string; nonce: string | null }, recipient: KeyPair): unknown {
    const bytes = (text: string | null) => Buffer.from(text ?? '', 'base64url');
    const sealed = { payload: bytes(record.payload), nonce: bytes(record.nonce) };
    return JSON.parse(openBox(sealed, this.instanceKey().public, recipient.private));
  }

  async declareQueues(): Promise<void> {
    await declareIngestQueues(this.vhost);
  }

  async confirmQueues(state = 'confirmed'): Promise<void> {
    await confirmSystemQueues(this.sql, state);
    await waitFor(() => this.app.get(IngestQueues).isSystemConfirmed === (state === 'confirmed'));
  }

  /** The gateway's publisher has its channel. */
  brokerIsUsed(): Promise<unknown> {
    return waitFor(async () => (await this.health.ready()).results['broker']?.state === 'up');
  }

  brokerIsAway(): Promise<unknown> {
    return waitFor(async () => (await this.health.ready()).results['broker']?.state !== 'up');
  }
}

interface ModuleParts {
  databaseProxy: RabbitProxy;
  brokerProxy: RabbitProxy;
  envelope: SecretEnvelope;
  metrics: Metrics;
  health: HealthRegistry;
  confirmTimeoutMs: number;
}

const quiet = (): void => undefined;
const logger = { error: quiet, warn: quiet, info: quiet, debug: quiet };

const moduleOf = ({ databaseProxy, brokerProxy, envelope, metrics, health, confirmTimeoutMs }: ModuleParts) => ({
  module: class AcceptTestModule {},
  imports: [
    RuntimeModule.forRoot({} as Parameters<typeof RuntimeModule.forRoot>[0], logger),
    HealthModule.forRoot({ health, metrics }),
    MessagingModule.forRoot({
      serviceName: 'api-gateway',
      urls: brokerProxy.amqpUrl,
      reconnect: { firstMs: 50, maxMs: 200 },
      consumers: [],
      consuming: { parking: new FakeParkingStore(), attempts: new FakeAttemptStore() },
      publishing: { confirmTimeoutMs, probePause: { firstMs: 50, maxMs: 200 } },
    }),
    SpoolPublishingModule,
    CatalogueModule.register({
      inject: [CatalogOutboxPublisher],
      useFactory: (publisher: CatalogOutboxPublisher) => ({
        settings: {
          databaseUrl: databaseProxy.amqpUrl,
          databasePoolSize: 4,
          databaseWaitMs: 60_000,
          refreshMs,
          instanceOrgName: 'instance',
          publicUrl: 'https://campaigns.test',
          initialAdmin: null,
          queueAlias: false,
          envelope,
          statsCacheMs: 1_000,
        },
        logger,
        publisher,
        refuseToRun: (reason: Error) => {
          throw reason;
        },
      }),
    }),
    AcceptingModule.register({ useFactory: () => ({ fingerprintSeed, checksContracts: true }) }),
    LinksModule,
    GraphqlApiModule.forRoot({ typeDefs, auth: NobodyAuthModule }),
  ],
});

async function insertInstanceOrg(sql: Client, envelope: SecretEnvelope): Promise<void> {
  await cryptoReady();
  const pair = generateKeyPair();
  await sql.query(
    `with org as (insert into catalog.orgs (name, title) values ('instance', 'Instance') returning id)
     insert into catalog.public_keys (org_id, name, public, private, active) select id, 'first', $1, $2, true from org`,
    [pair.public, envelope.seal(pair.private)],
  );
}

export async function declareIngestQueues(vhost: TestVhost): Promise<void> {
  await vhost.declareExchange('ingest');
  await vhost.declareQueues(
    Array.from({ length: partitionCount }, (_, partition) => ({
      name: ingestQueue(partition),
      bindings: [{ exchange: 'ingest', key: String(partition) }],
    })),
  );
}

async function confirmSystemQueues(sql: Client, state = 'confirmed'): Promise<void> {
  await sql.query(
    `insert into topology.queue_sets (scope, version, state) values ('system', '1', $1)
     on conflict (scope) do update set state = excluded.state`,
    [state],
  );
}

export const addActionContact = `
  mutation sign($page: Int!, $action: ActionInput!, $contact: ContactInput!, $privacy: ConsentInput!,
                $tracking: TrackingInput, $contactRef: ID) {
    addActionContact(actionPageId: $page, action: $action, contact: $contact, privacy: $privacy, tracking: $tracking,
                     contactRef: $contactRef) { contactRef firstName }
  }`;

export const addAction = `
  mutation act($page: Int!, $action: ActionInput!, $contactRef: ID!, $tracking: TrackingInput) {
    addAction(actionPageId: $page, action: $action, contactRef: $contactRef, tracking: $tracking) {
      contactRef firstName
    }
  }`;

export const linkActions = `
  mutation link($page: Int!, $contactRef: ID!, $linkRefs: [String!]) {
    linkActions(actionPageId: $page, contactRef: $contactRef, linkRefs: $linkRefs) { contactRef firstName }
  }`;

export const signature = (pageId: number) => ({
  page: pageId,
  action: { actionType: 'petition' },
  contact: {
    firstName: 'Harald',
    lastName: 'Bower',
    email: 'harald@example.org',
    address: { country: 'PL', postcode: '02-123' },
  },
  privacy: { optIn: true, leadOptIn: false },
});

/** contactRef of the contact above, by the development seed. */
export const haraldRef = 'V9VLvL6KDalqwogkaXoc6CUBSTTqEePeOGFQCByC3FI';
