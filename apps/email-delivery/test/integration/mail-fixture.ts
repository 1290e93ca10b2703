import { randomBytes, randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Pool } from 'pg';
import { loadConfig } from '@groundswell/config';
import { stageMessageId, systemQueues, type ActionMessageV2, type MailRequestV1 } from '@groundswell/contracts';
import { cryptoReady, fingerprint, SecretEnvelope } from '@groundswell/crypto';
import { RabbitTransport } from '@groundswell/messaging';
import { createLogger, HealthRegistry, Metrics } from '@groundswell/observability';
import { Catalogue } from '@groundswell/persistence';
import { createTestDatabase, TestVhost, waitFor, type TestDatabase } from '@groundswell/testing';
import { AppModule } from '../../src/app.module';
import { configSchema } from '../../src/config';
import { addressHasher } from '../../src/deliveries/address-hash';

export interface TestOrg {
  id: number;
  name: string;
  campaignId: number;
  pageId: number;
}

export interface TestService {
  name: string;
  host?: string;
  user?: string;
  password?: string;
  transactional_email_budget?: number | null;
}

export interface DeliveryRow {
  id: number;
  purpose: string;
  kind: string;
  state: string;
  attempts: number;
  error: string | null;
  recipient: unknown;
  variables: unknown;
  waitS: number;
}

export interface SignedOptions {
  email?: string;
  stage?: ActionMessageV2['stage'];
  noMail?: boolean;
  /** A requeue by a person. */
  requeue?: number;
  actionId?: number;
  change?: Partial<ActionMessageV2>;
}

/** For providers that say nothing, and for claims that nobody ends. A machine that stalls has to answer within it too. */
export const shortCalls = {
  PROVIDER_CONNECT_TIMEOUT_MS: '5000',
  PROVIDER_TIMEOUT_MS: '5000',
  CALL_LEASE_MS: '21000',
};

const iso = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`;

/** email-delivery in this process, on a database and a vhost of its own. */
export class MailFixture {
  private readonly apps = new Map<NestFastifyApplication, HealthRegistry>();
  private readonly envelopeKey = randomBytes(32).toString('base64url');
  private readonly metrics: Metrics[] = [];
  private numbers = 0;
  private published = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly vhost: TestVhost,
    readonly sql: Pool,
  ) {}

  static async create(): Promise<MailFixture> {
    await cryptoReady();
    const [database, vhost] = await Promise.all([createTestDatabase(), TestVhost.create()]);
    const sql = new Pool({ connectionString: database.urls.owner, max: 3 });
    const fixture = new MailFixture(database, vhost, sql);
    const { emailConfirm, emailThankYou, emailRequest, emailMailings } = systemQueues;
    for (const queue of [emailConfirm, emailThankYou, emailRequest, emailMailings]) await vhost.declareQueue(queue);
    return fixture;
  }

  async start(variables: Record<string, string> = {}): Promise<NestFastifyApplication> {
    const config = loadConfig(configSchema, {
      DATABASE_URL: this.database.urls.mail,
      AMQP_URL: this.vhost.amqpUrl,
      LOG_LEVEL: process.env['MAIL_TEST_LOG'] ?? 'silent',
      REPLICA_ID: `test-${randomUUID()}`,
      ENVELOPE_KEY: this.envelopeKey,
      RECONNECT_FIRST_MS: '50',
      RECONNECT_LONGEST_MS: '500',
      PUBLIC_URL: 'https://campaigns.test',
      CATALOGUE_POLL_MS: '100',
      SEND_POLL_MS: '50',
      TIDY_INTERVAL: '100',
      EVENTS_ENABLED: 'false',
      // A pause of this busy process must not make a mail unknown.
      PROVIDER_CONNECT_TIMEOUT_MS: '20000',
      PROVIDER_TIMEOUT_MS: '20000',
      CALL_LEASE_MS: '90000',
      ACCOUNT_PAUSE_FIRST_MS: '200',
      ACCOUNT_PAUSE_LONGEST_MS: '1000',
      ...variables,
    });
    const health = new HealthRegistry({ keepMs: 0 });
    const metrics = new Metrics('email-delivery', { withProcessMetrics: false });
    this.metrics.push(metrics);
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.forRoot({
        config,
        logger: createLogger({ service: 'email-delivery', level: config.LOG_LEVEL }),
        health,
        metrics,
      }),
      new FastifyAdapter(),
      { logger: false, abortOnError: false },
    );
    app.connectMicroservice({ strategy: app.get(RabbitTransport) });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    this.apps.set(app, health);
    return app;
  }

  get running(): NestFastifyApplication[] {
    return [...this.apps.keys()];
  }

  /** Until every running service has read what was changed behind the API. */
  async seen(condition: (catalogue: Catalogue) => boolean): Promise<void> {
    await waitFor(() => [...this.apps.keys()].every((app) => condition(app.get(Catalogue))));
  }

  healthOf(app: NestFastifyApplication) {
    return this.apps.get(app)?.ready();
  }

  async stop(app: NestFastifyApplication): Promise<void> {
    if (this.apps.delete(app)) await app.close();
  }

  async close(): Promise<void> {
    for (const app of [...this.apps.keys()]) await this.stop(app);
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

  async insert(table: string, columns: Record<string, unknown>): Promise<number> {
    const names = Object.keys(columns);
    const { rows } = await this.sql.query<{ id: string }>(
      `insert into ${table} (${names.join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')}) returning id`,
      Object.values(columns),
    );
    return Number(rows[0]?.id);
  }

  /** With a campaign and a page that thanks; `service` is its email backend. */
  async anOrg(
    service: TestService | null,
    { name = this.unique('org'), page = {} }: { name?: string; page?: Record<string, unknown> } = {},
  ): Promise<TestOrg> {
    const id = await this.insert('catalog.orgs', { name, title: `The ${name}`, email_from: `office@${name}.test` });
    if (service) await this.setBackend({ id, name }, 'email_backend_id', service);
    const campaignId = await this.insert('catalog.campaigns', {
      name: this.unique('campaign'),
      title: 'Save the river',
      org_id: id,
    });
    const pageId = await this.insert('catalog.action_pages', {
      name: `${name}/${this.unique('page')}`,
      locale: 'en',
      org_id: id,
      campaign_id: campaignId,
      thank_you_template: 'thank_you',
      ...page,
    });
    return { id, name, campaignId, pageId };
  }

  /** A service of the org, used as that backend. Returns its id. */
  async setBackend(
    { id, name }: Pick<TestOrg, 'id' | 'name'>,
    column: 'email_backend_id' | 'transactional_email_backend_id' | 'storage_backend_id',
    { user = `${name}.test`, password = 'secret', host = '', ...service }: TestService,
  ): Promise<number> {
    const sealed = SecretEnvelope.fromText(this.envelopeKey).seal(password);
    const columns = { org_id: id, ...service, host, password: sealed, '"user"': user };
    const serviceId = await this.insert('catalog.services', columns);
    await this.sql.query(`update catalog.orgs set ${column} = $2 where id = $1`, [id, serviceId]);
    return serviceId;
  }

  /** Of the running services. */
  addressHash(address: string): Buffer {
    return addressHasher({ ENVELOPE_KEY: this.envelopeKey })(address);
  }

  /** One signature as action-ingest publishes it for this org. Returns its action id and address. */
  async signed(org: TestOrg, options: SignedOptions = {}): Promise<{ actionId: number; email: string; ref: Buffer }> {
    const { stage = 'deliver', noMail, requeue, actionId = 1_000 + this.next() } = options;
    const email = options.email ?? `${this.unique('person')}@example.org`;
    const ref = fingerprint('test', email);
    const message = { ...signature(org, { actionId, stage, email, ref }), ...options.change };
    const messageId = stageMessageId(actionId, stage, org.id) + (requeue ? `:r${requeue}` : '');
    const queue = stage === 'supporter_confirm' ? systemQueues.emailConfirm : systemQueues.emailThankYou;
    await this.send(queue, message, {
      messageId,
      type: message.schema,
      headers: {
        org_id: org.id,
        collector_id: message.orgId,
        stage,
        action_id: actionId,
        ...(noMail && { no_mail: true }),
      },
    });
    return { actionId, email, ref };
  }

  async request(request: Partial<MailRequestV1> & { kind: string }): Promise<MailRequestV1> {
    const mail: MailRequestV1 = {
      schema: 'groundswell:mail:1',
      purpose: `${request.kind}:${randomUUID()}`,
      to: { email: `${this.unique('user')}@example.org` },
      locale: null,
      data: {},
      ...request,
    };
    await this.send(systemQueues.emailRequest, mail, { messageId: mail.purpose, type: mail.schema });
    return mail;
  }

  async deliveries(where = 'true', parameters: unknown[] = []): Promise<DeliveryRow[]> {
    const { rows } = await this.sql.query<DeliveryRow>(
      `select id::int as id, purpose, kind, state, attempts, error, recipient, variables,
              extract(epoch from next_attempt_at - now())::float8 as "waitS"
         from mail.deliveries where ${where} order by id`,
      parameters,
    );
    return rows;
  }

  /** The row of an action, once it is in that state. */
  async inState(actionId: number, state: string): Promise<DeliveryRow> {
    return waitFor(async () => {
      const rows = await this.deliveries('action_id = $1 and state = $2', [actionId, state]);
      return rows[0];
    });
  }

  /** Puts one message into a queue, as a service of ours publishes it. */
  async send(
    queue: string,
    body: unknown,
    properties: { messageId: string; type?: string; headers?: object },
  ): Promise<void> {
    this.published += 1;
    await this.vhost.send(queue, [body], () => properties);
  }

  /** Every message was taken over: its mail has a row, or it brings none. */
  async accepted(): Promise<void> {
    await waitFor(async () => {
      const texts = await Promise.all(this.metrics.map((metrics) => metrics.text()));
      const counts = texts.join('\n').matchAll(/^groundswell_consumed_total\{.*\} (\d+)$/gm);
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0) >= this.published;
    });
  }
}

function signature(
  org: TestOrg,
  { actionId, stage, email, ref }: { actionId: number; stage: ActionMessageV2['stage']; email: string; ref: Buffer },
): ActionMessageV2 {
  const now = iso(new Date());
  return {
    schema: 'proca:action:2',
    stage,
    actionId,
    actionPageId: org.pageId,
    campaignId: org.campaignId,
    orgId: org.id,
    action: { actionType: 'register', customFields: { comment: 'please' }, createdAt: now, testing: false },
    actionPage: {
      locale: 'en',
      name: `${org.name}/page`,
      thankYouTemplate: 'thank_you',
      thankYouTemplateRef: null,
      supporterConfirmTemplate: null,
    },
    campaign: { name: 'campaign', title: 'Save the river', externalId: null, contactSchema: 'basic' },
    org: { name: org.name, title: `The ${org.name}` },
    contact: { firstName: 'Harald', email, contactRef: ref.toString('base64url'), dupeRank: 0, area: null },
    personalInfo: null,
    privacy: { optIn: true, givenAt: now, emailStatus: null, emailStatusChanged: null, withConsent: true },
    tracking: null,
  };
}
