import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Pool } from 'pg';
import { loadConfig } from '@groundswell/config';
import {
  exchanges,
  factKeys,
  factQueue,
  mailRequestV1,
  systemQueues,
  type ConfirmCreatedV1,
  type MailRequestV1,
} from '@groundswell/contracts';
import { confirmOperationCode, roleMask, type ConfirmOperation, type Role } from '@groundswell/domain';
import { RabbitTransport } from '@groundswell/messaging';
import { createLogger, HealthRegistry, Metrics } from '@groundswell/observability';
import { createTestDatabase, TestVhost, waitFor, type TestDatabase } from '@groundswell/testing';
import { AppModule } from '../../src/app.module';
import { configSchema } from '../../src/config';

export interface ReceivedMail {
  messageId: string;
  routingKey: string;
  type: string | undefined;
  body: MailRequestV1;
}

export const facts = factQueue('notify-service');

/** notify-service in this process, on a database and a vhost of its own, with queues as topology-service makes them. */
export class NotifyFixture {
  private readonly apps = new Set<NestFastifyApplication>();
  private readonly metrics: Metrics[] = [];
  private names = 0;
  private published = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly vhost: TestVhost,
    readonly sql: Pool,
  ) {}

  static async create(): Promise<NotifyFixture> {
    const [database, vhost] = await Promise.all([createTestDatabase(), TestVhost.create()]);
    const fixture = new NotifyFixture(database, vhost, new Pool({ connectionString: database.urls.owner, max: 3 }));
    for (const name of [exchanges.event, exchanges.deliver]) await vhost.declareExchange(name);
    await vhost.declareQueue(facts, { exchange: exchanges.event, key: factKeys.allConfirms });
    await fixture.declareMailQueue();
    await fixture.sql.query(
      `insert into topology.queue_sets (scope, version, state, confirmed_at) values ('system', 'test', 'confirmed', now())`,
    );
    await fixture.anOrg('instance');
    return fixture;
  }

  /** As topology-service declares it for email-delivery, which is not there. */
  declareMailQueue(): Promise<void> {
    return this.vhost.declareQueue(systemQueues.emailRequest, { exchange: exchanges.deliver, key: 'system.mail.*' });
  }

  async start(variables: Record<string, string> = {}): Promise<NestFastifyApplication> {
    const config = loadConfig(configSchema, {
      DATABASE_URL: this.database.urls.notify,
      AMQP_URL: this.vhost.amqpUrl,
      LOG_LEVEL: process.env['NOTIFY_TEST_LOG'] ?? 'silent',
      REPLICA_ID: `test-${randomUUID()}`,
      RECONNECT_FIRST_MS: '50',
      RECONNECT_LONGEST_MS: '500',
      PUBLIC_URL: 'https://campaigns.test/',
      MISSED_CONFIRMS_INTERVAL: '3600000',
      ...variables,
    });
    const metrics = new Metrics('notify-service', { withProcessMetrics: false });
    this.metrics.push(metrics);
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.forRoot({
        config,
        logger: createLogger({ service: 'notify-service', level: config.LOG_LEVEL }),
        health: new HealthRegistry({ keepMs: 0 }),
        metrics,
      }),
      new FastifyAdapter(),
      { logger: false },
    );
    app.connectMicroservice({ strategy: app.get(RabbitTransport) });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    this.apps.add(app);
    return app;
  }

  async stop(app: NestFastifyApplication): Promise<void> {
    if (this.apps.delete(app)) await app.close();
  }

  async close(): Promise<void> {
    for (const app of this.apps) await this.stop(app);
    await this.sql.end();
    await this.vhost.delete();
    await this.database.drop();
  }

  unique(prefix: string): string {
    this.names += 1;
    return `${prefix}${this.names}`;
  }

  private async insert(table: string, columns: Record<string, unknown>): Promise<number> {
    const names = Object.keys(columns);
    const { rows } = await this.sql.query<{ id: string }>(
      `insert into ${table} (${names.join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')}) returning id`,
      Object.values(columns),
    );
    return Number(rows[0]?.id);
  }

  anOrg(name = this.unique('org')): Promise<number> {
    return this.insert('catalog.orgs', { name, title: `The ${name}` });
  }

  aCampaign(orgId: number): Promise<number> {
    return this.insert('catalog.campaigns', { name: this.unique('campaign'), title: 'A campaign', org_id: orgId });
  }

  aPage(orgId: number, campaignId: number): Promise<number> {
    const name = `pages/${this.unique('page')}`;
    return this.insert('catalog.action_pages', { name, locale: 'en', org_id: orgId, campaign_id: campaignId });
  }

  async aStaffer(orgId: number, role: Role): Promise<{ userId: number; email: string }> {
    const email = `${this.unique(role)}@example.org`;
    const userId = await this.insert('catalog.users', { email, hashed_password: 'x' });
    await this.insert('catalog.staffers', { user_id: userId, org_id: orgId, perms: roleMask[role] });
    return { userId, email };
  }

  async aConfirm(operation: ConfirmOperation, columns: Record<string, unknown>): Promise<ConfirmCreatedV1> {
    const id = await this.insert('catalog.confirms', {
      operation: confirmOperationCode(operation),
      code: this.unique('10000000'),
      ...columns,
    });
    const subjectId = Number(columns['subject_id']);
    const objectId = typeof columns['object_id'] === 'number' ? columns['object_id'] : null;
    return { schema: 'groundswell:confirm:1', confirmId: id, operation, subjectId, objectId };
  }

  /** An invitation into a new org. */
  async anInvitation(email = `${this.unique('guest')}@example.org`): Promise<ConfirmCreatedV1> {
    return this.aConfirm('add_staffer', { subject_id: await this.anOrg(), object_id: roleMask.campaigner, email });
  }

  /** As the gateway's outbox publishes it. */
  async publish(...created: readonly object[]): Promise<void> {
    this.published += created.length;
    await this.vhost.send(facts, created, () => ({ messageId: randomUUID(), type: 'groundswell:confirm:1' }));
  }

  /** What is in the mail queue, once at least `count` are. */
  async mails(count: number): Promise<ReceivedMail[]> {
    const taken: ReceivedMail[] = [];
    await waitFor(async () => {
      for (const { content, fields, properties } of await this.vhost.drain(systemQueues.emailRequest)) {
        taken.push({
          messageId: String(properties.messageId),
          routingKey: fields.routingKey,
          type: properties.type as string | undefined,
          body: mailRequestV1.parse(JSON.parse(content.toString())),
        });
      }
      return taken.length >= count;
    });
    return taken;
  }

  /** Waits until each was dealt with; what became of them, in their order. */
  async outcomes(...created: readonly ConfirmCreatedV1[]): Promise<string[]> {
    const ids = created.map(({ confirmId }) => confirmId);
    return waitFor(async () => {
      const { rows } = await this.sql.query<{ id: number; outcome: string }>(
        'select confirm_id::int as id, outcome from notify.confirms where confirm_id = any($1)',
        [ids],
      );
      const known = new Map(rows.map(({ id, outcome }) => [id, outcome]));
      return ids.every((id) => known.has(id)) && ids.map((id) => known.get(id) ?? '');
    });
  }

  async count(from: string): Promise<number> {
    return (await this.sql.query<{ n: number }>(`select count(*)::int as n from ${from}`)).rows[0]?.n ?? -1;
  }

  /** Every published fact was acked, and nothing waits to be published. */
  async quiet(): Promise<void> {
    await waitFor(async () => (await this.settled()) >= this.published && (await this.count('notify.outbox')) === 0);
  }

  private async settled(): Promise<number> {
    const texts = await Promise.all(this.metrics.map((metrics) => metrics.text()));
    const counts = texts.join('\n').matchAll(/^groundswell_consumed_total\{.*\} (\d+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }
}
