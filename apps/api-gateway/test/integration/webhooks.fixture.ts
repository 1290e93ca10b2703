import { randomBytes } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import request from 'supertest';
import { loadConfig } from '@groundswell/config';
import { mailWebhookKey, mailWebhookV1, systemQueues, type MailWebhookV1 } from '@groundswell/contracts';
import { cryptoReady, SecretEnvelope } from '@groundswell/crypto';
import { createLogger } from '@groundswell/observability';
import { Catalogue } from '@groundswell/persistence';
import { createTestDatabase, RabbitProxy, TestVhost, waitFor, type TestDatabase } from '@groundswell/testing';
import { configSchema } from '../../src/config';
import { createApp } from '../../src/http/create-app';
import { IngestQueues } from '../../src/spool/ingest-queues';
import { WebhookSecrets } from '../../src/webhooks/webhook-secrets';

export interface TestService {
  id: number;
  /** `/webhook/<provider>/<token>`. */
  path: string;
  token: string;
}

/** The whole gateway on a database and a vhost of its own, its log in hand. */
export class WebhookGateway {
  readonly lines: string[] = [];
  app!: NestFastifyApplication;
  private orgId = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly vhost: TestVhost,
    readonly broker: RabbitProxy,
    private readonly databaseProxy: RabbitProxy,
    private readonly sql: Client,
    private readonly envelopeKey: string,
  ) {}

  static async start(variables: Record<string, string> = {}): Promise<WebhookGateway> {
    await cryptoReady();
    const [database, vhost] = await Promise.all([createTestDatabase(), TestVhost.create()]);
    const broker = await RabbitProxy.start(vhost.amqpUrl);
    const databaseProxy = await RabbitProxy.start(database.urls.gateway);
    const sql = new Client({ connectionString: database.urls.owner });
    await sql.connect();
    await sql.query(`insert into topology.queue_sets (scope, version, state) values ('system', '1', 'confirmed')`);
    await vhost.declareExchange('event');
    await vhost.declareQueue(systemQueues.emailEvents, { exchange: 'event', key: mailWebhookKey });
    const key = randomBytes(32).toString('base64url');
    const gateway = new WebhookGateway(database, vhost, broker, databaseProxy, sql, key);
    await gateway.boot(variables);
    return gateway;
  }

  private async boot(variables: Record<string, string>): Promise<void> {
    const config = loadConfig(configSchema, {
      DATABASE_URL: this.databaseProxy.amqpUrl,
      AMQP_URL: this.broker.amqpUrl,
      ENVELOPE_KEY: this.envelopeKey,
      RECONNECT_FIRST_MS: '50',
      RECONNECT_LONGEST_MS: '200',
      CATALOGUE_POLL_MS: '100',
      LOG_LEVEL: 'debug',
      ...variables,
    });
    const destination = { write: (line: string) => void this.lines.push(line) };
    const logger = createLogger({ service: 'api-gateway', level: 'debug', destination });
    this.app = await createApp(config, logger, (reason) => {
      throw reason;
    });
    await this.app.listen(0, '127.0.0.1');
    await waitFor(() => this.app.get(IngestQueues).isSystemConfirmed);
    const { rows } = await this.sql.query<{ id: string }>(
      `insert into catalog.orgs (name, title) values ('org', 'Org') returning id`,
    );
    this.orgId = Number(rows[0]?.id);
  }

  async close(): Promise<void> {
    this.databaseProxy.thaw();
    await this.app.close();
    await Promise.all([this.broker.close(), this.databaseProxy.close(), this.sql.end()]);
    await Promise.all([this.vhost.delete(), this.database.drop()]);
  }

  async addService(name: string, path: string | null = null): Promise<TestService> {
    const { rows } = await this.sql.query<{ id: string }>(
      'insert into catalog.services (org_id, name, path) values ($1, $2, $3) returning id',
      [this.orgId, name, path],
    );
    const id = Number(rows[0]?.id);
    await waitFor(() => this.app.get(Catalogue).services.get(id));
    const secrets = new WebhookSecrets(SecretEnvelope.fromText(this.envelopeKey));
    const token = secrets.tokenOf({ id, webhookGeneration: 0 });
    return { id, token, path: `/webhook/${name}/${token}` };
  }

  post(path: string, body: string | object, headers: Record<string, string> = {}): request.Test {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return request(this.app.getHttpServer())
      .post(path)
      .set({ 'content-type': 'application/json', ...headers })
      .serialize((sent: unknown) => String(sent))
      .send(text);
  }

  /** What lies in the queue of email-delivery, taken out. */
  async taken(): Promise<{ messageId: string; message: MailWebhookV1 }[]> {
    const messages = await this.vhost.drain(systemQueues.emailEvents);
    return messages.map(({ content, properties }) => ({
      messageId: String(properties.messageId),
      message: mailWebhookV1.parse(JSON.parse(content.toString('utf8'))),
    }));
  }

  /** Lines about webhooks since the last look. */
  log(): { level: string; msg: string; reason?: string; status?: number; serviceId?: number }[] {
    return this.lines
      .splice(0)
      .map((line) => JSON.parse(line) as { level: string; msg: string })
      .filter(({ msg }) => msg.includes('webhook') || msg.includes('SNS'));
  }
}
