import { randomUUID } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import {
  crmQueue,
  confirmQueue,
  exchanges,
  ingestKey,
  ingestQueue,
  moderateQueue,
  orgTopology,
  partitionCount,
  topologyVersion,
  type ActionSubmissionV1,
  type ContactSubmissionV1,
  type CounterDeltaV1,
  type EmailEventV1,
  type IngestMessageV1,
  type LinkSubmissionV1,
  type OrgRouting,
} from '@groundswell/contracts';
import { fingerprint, encodeRef, uuidV7 } from '@groundswell/crypto';
import { loadConfig } from '@groundswell/config';
import { RabbitTransport } from '@groundswell/messaging';
import { createLogger, HealthRegistry, Metrics } from '@groundswell/observability';
import { createTestDatabase, TestVhost, waitFor, type TestDatabase } from '@groundswell/testing';
import { AppModule } from '../../src/app.module';
import { configSchema } from '../../src/config';
import { partitionOf } from '../../src/storing/reference';

export interface OrgSettings {
  customSupporterConfirm?: boolean;
  customActionConfirm?: boolean;
  customActionDeliver?: boolean;
  customEventDeliver?: boolean;
  supporterConfirm?: boolean;
  actionSchemaVersion?: number;
}
export interface CampaignSettings {
  supporterConfirm?: boolean | null;
  actionConfirm?: boolean | null;
  forceDelivery?: boolean;
  transientActions?: string[];
  mtt?: boolean;
}

/** One org leading one campaign with one page, unless told otherwise. */
export interface Place {
  orgId: number;
  org: string;
  leadId: number;
  lead: string;
  campaignId: number;
  pageId: number;
}

export interface StoredAction {
  id: number;
  status: number;
  supporterId: number | null;
  supporterStatus: number | null;
  rank: number | null;
}

const facts = 'test.facts';

/** action-ingest in this process, on a database and a vhost of its own, with queues as topology-service makes them. */
export class IngestFixture {
  readonly apps: NestFastifyApplication[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly vhost: TestVhost,
    readonly sql: Client,
  ) {}

  static async create(): Promise<IngestFixture> {
    const [database, vhost] = await Promise.all([createTestDatabase(), TestVhost.create()]);
    const sql = new Client({ connectionString: database.urls.owner });
    await sql.connect();
    const fixture = new IngestFixture(database, vhost, sql);
    for (const name of [exchanges.ingest, exchanges.confirm, exchanges.deliver, exchanges.event]) {
      await vhost.declareExchange(name);
    }
    const partitions = Array.from({ length: partitionCount }, (_, partition) => ({
      name: ingestQueue(partition),
      bindings: [{ exchange: exchanges.ingest, key: ingestKey(partition) }],
    }));
    await vhost.declareQueues([
      ...partitions,
      { name: facts, bindings: [{ exchange: exchanges.event, key: 'system.fact.#' }] },
    ]);
    await fixture.confirmScope('system', 'test');
    return fixture;
  }

  async start(variables: Record<string, string> = {}): Promise<NestFastifyApplication> {
    const config = loadConfig(configSchema, {
      DATABASE_URL: this.database.urls.ingest,
      AMQP_URL: this.vhost.amqpUrl,
      LOG_LEVEL: 'error',
      PORT: '1',
      REPLICA_ID: `test-${randomUUID()}`,
      DEPLOYED_SERVICES: 'action-ingest',
      PROCESS_OLD_INTERVAL: '500',
      RECONNECT_FIRST_MS: '50',
      RECONNECT_LONGEST_MS: '500',
      PUBLIC_URL: 'https://campaigns.test',
      ...variables,
    });
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.forRoot({
        config,
        logger: createLogger({ service: 'action-ingest', level: config.LOG_LEVEL }),
        health: new HealthRegistry(),
        metrics: new Metrics('action-ingest', { withProcessMetrics: false }),
      }),
      new FastifyAdapter(),
      { logger: false },
    );
    app.connectMicroservice({ strategy: app.get(RabbitTransport) });
    await app.startAllMicroservices();
    await app.listen(0, '127.0.0.1');
    this.apps.push(app);
    return app;
  }

  async close(): Promise<void> {
    for (const app of this.apps) await app.close();
    await this.sql.end();
    await Promise.all([this.vhost.delete(), this.database.drop()]);
  }

  /** An org with its queues, a campaign (of `lead`, else its own) and a page. */
  async place(org: OrgSettings = {}, campaign: CampaignSettings = {}, lead?: Place): Promise<Place> {
    const name = `org${randomUUID().slice(0, 8)}`;
    const { rows: orgs } = await this.sql.query<{ id: string }>(
      `insert into catalog.orgs (name, title, custom_supporter_confirm, custom_action_confirm, custom_action_deliver,
         custom_event_deliver, supporter_confirm, action_schema_version)
       values ($1, 'An org', $2, $3, $4, $5, $6, $7) returning id`,
      [
        name,
        org.customSupporterConfirm ?? false,
        org.customActionConfirm ?? false,
        org.customActionDeliver ?? true,
        org.customEventDeliver ?? false,
        org.supporterConfirm ?? false,
        org.actionSchemaVersion ?? 2,
      ],
    );
    const orgId = Number(orgs[0]?.id);
    const campaignId =
      lead && !Object.keys(campaign).length ? lead.campaignId : await this.campaign(lead?.leadId ?? orgId, campaign);
    const pageId = await this.page(orgId, campaignId);
    await this.declareOrg({
      id: orgId,
      name,
      customSupporterConfirm: org.customSupporterConfirm ?? false,
      moderates: (org.customActionConfirm ?? false) || campaign.actionConfirm === true,
      customActionDeliver: org.customActionDeliver ?? true,
      customEventDeliver: org.customEventDeliver ?? false,
      pushBackend: null,
      eventBackend: null,
      alias: false,
    });
    return { orgId, org: name, leadId: lead?.leadId ?? orgId, lead: lead?.lead ?? name, campaignId, pageId };
  }

  async campaign(orgId: number, settings: CampaignSettings = {}): Promise<number> {
    const { rows } = await this.sql.query<{ id: string }>(
      `insert into catalog.campaigns (name, title, org_id, supporter_confirm, action_confirm, force_delivery, transient_actions)
       values ($1, 'A campaign', $2, $3, $4, $5, $6) returning id`,
      [
        `campaign${randomUUID().slice(0, 8)}`,
        orgId,
        settings.supporterConfirm ?? null,
        settings.actionConfirm ?? null,
        settings.forceDelivery ?? false,
        settings.transientActions ?? [],
      ],
    );
    return Number(rows[0]?.id);
  }

  async page(orgId: number, campaignId: number): Promise<number> {
    const { rows } = await this.sql.query<{ id: string }>(
      `insert into catalog.action_pages (name, locale, org_id, campaign_id) values ($1, 'en', $2, $3) returning id`,
      [`pages/${randomUUID()}`, orgId, campaignId],
    );
    return Number(rows[0]?.id);
  }

  /** What topology-service does for an org, without waiting for the queues to grow old. */
  async declareOrg(routing: OrgRouting): Promise<void> {
    const topology = orgTopology(routing);
    for (const queue of topology.queues) {
      await this.vhost.declareQueue(
        queue,
        ...topology.bindings
          .filter((binding) => binding.queue === queue)
          .map(({ exchange, key }) => ({ exchange, key })),
      );
    }
    await this.confirmScope(`org:${routing.id}`, topologyVersion(routing));
  }

  async confirmScope(scope: string, version: string): Promise<void> {
    await this.sql.query(
      `insert into topology.queue_sets (scope, version, state, confirmed_at) values ($1, $2, 'confirmed', now())
       on conflict (scope) do update set version = excluded.version, state = 'confirmed'`,
      [scope, version],
    );
  }

  async send(...messages: IngestMessageV1[]): Promise<void> {
    const byPartition = new Map<number, IngestMessageV1[]>();
    for (const message of messages) {
      const partition = partitionOf(message.ref);
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), message]);
    }
    await Promise.all(
      [...byPartition].map(([partition, group]) =>
        this.vhost.send(ingestQueue(partition), group, (index) => ({ messageId: group[index]?.id })),
      ),
    );
  }

  /** Waits until every given submission or command has been taken in. */
  async stored(...messages: { id: string }[]): Promise<void> {
    await waitFor(async () => {
      const { rows } = await this.sql.query(`select count(*)::int as n from actions.submissions where id = any($1)`, [
        messages.map(({ id }) => id),
      ]);
      return rows[0].n === messages.length;
    });
  }

  async act(...messages: IngestMessageV1[]): Promise<void> {
    await this.send(...messages);
    await this.stored(...messages);
  }

  async actionOf(submission: { id: string }): Promise<StoredAction> {
    const { rows } = await this.sql.query(
      `select a.id::int, a.processing_status as status, s.id::int as "supporterId",
              s.processing_status as "supporterStatus", s.dupe_rank as rank
         from actions.submissions u join actions.actions a on a.id = u.action_id
         left join actions.supporters s on s.id = a.supporter_id where u.id = $1`,
      [submission.id],
    );
    return rows[0];
  }

  /** Messages in an org's queue once at least `count` are there. */
  async received(queue: string, count: number): Promise<Received[]> {
    const taken: Received[] = [];
    await waitFor(async () => {
      for (const message of await this.vhost.drain(queue)) {
        taken.push({
          body: JSON.parse(message.content.toString()) as Received['body'],
          messageId: String(message.properties.messageId),
          headers: message.properties.headers as Record<string, unknown>,
          contentType: message.properties.contentType as string | undefined,
          type: message.properties.type as string | undefined,
        });
      }
      return taken.length >= count;
    });
    return taken;
  }

  /** Sums every counter delta published so far and compares it with a recount by SQL (processing.md §9.1). */
  async deltas(): Promise<CounterDeltaV1[]> {
    await waitFor(async () => {
      const { rows } = await this.sql.query(`select count(*)::int as n from actions.outbox where lane = 0`);
      return rows[0].n === 0;
    });
    for (const message of await this.vhost.drain(facts)) {
      const body = JSON.parse(message.content.toString()) as { schema: string };
      if (body.schema === 'groundswell:counters:1') this.takeDelta(body as CounterDeltaV1);
      else this.factBodies.push(body);
    }
    return this.seen;
  }

  /** A delta may come twice, under one number: a reader takes it once. */
  private takeDelta(delta: CounterDeltaV1): void {
    const isKnown = this.seen.some(({ partition, number }) => partition === delta.partition && number === delta.number);
    if (!isKnown) this.seen.push(delta);
  }
  readonly seen: CounterDeltaV1[] = [];
  readonly factBodies: unknown[] = [];

  readonly queues = { crm: crmQueue, confirm: confirmQueue, moderate: moderateQueue };
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into bodies freely
type Body = Record<string, any>;
export interface Received {
  body: Body;
  messageId: string;
  headers: Record<string, unknown>;
  contentType: string | undefined;
  type: string | undefined;
}

let people = 0;
export const newRef = (email = `person${(people += 1)}-${randomUUID()}@example.org`): string =>
  encodeRef(fingerprint('test', email));

export function aContact(
  place: Place,
  change: Partial<Omit<ContactSubmissionV1, 'action'>> & { action?: Partial<ContactSubmissionV1['action']> } = {},
): ContactSubmissionV1 {
  const { action, ...rest } = change;
  return {
    schema: 'groundswell:submission:1',
    id: uuidV7(),
    kind: 'contact',
    acceptedAt: new Date().toISOString(),
    pageId: place.pageId,
    campaignId: place.campaignId,
    orgId: place.orgId,
    ref: newRef(),
    carriedRef: null,
    supporter: { firstName: 'Harald', lastName: null, email: 'harald@example.org', address: null, area: 'PL' },
    clearAtDeliver: ['email', 'lastName', 'address'],
    contacts: [
      {
        orgId: place.orgId,
        payload: JSON.stringify({ area: 'PL', email: 'harald@example.org', firstName: 'Harald', postcode: '02-123' }),
        nonce: null,
        encryptKeyId: null,
        signKeyId: null,
        communicationConsent: true,
        deliveryConsent: true,
      },
    ],
    source: { source: 'mail', medium: 'newsletter', campaign: 'unknown', content: '', location: 'https://act.test/a' },
    action: { actionType: 'register', fields: {}, testing: false, donation: null, mtt: null, ...action },
    ...rest,
  };
}

export const anAction = (
  place: Place,
  ref: string,
  change: Partial<Omit<ActionSubmissionV1, 'action'>> & { action?: Partial<ActionSubmissionV1['action']> } = {},
): ActionSubmissionV1 => {
  const { action, ...rest } = change;
  return {
    schema: 'groundswell:submission:1',
    id: uuidV7(),
    kind: 'action',
    acceptedAt: new Date().toISOString(),
    pageId: place.pageId,
    campaignId: place.campaignId,
    orgId: place.orgId,
    ref,
    source: null,
    action: { actionType: 'share', fields: {}, testing: false, donation: null, mtt: null, ...action },
    ...rest,
  };
};

export const aLink = (place: Place, ref: string, linkRefs: string[]): LinkSubmissionV1 => ({
  schema: 'groundswell:submission:1',
  id: uuidV7(),
  kind: 'link',
  acceptedAt: new Date().toISOString(),
  pageId: place.pageId,
  campaignId: place.campaignId,
  orgId: place.orgId,
  ref,
  linkRefs,
});

export const aDecision = (
  actionId: number,
  ref: string,
  decision: 'accept' | 'reject' | null,
  doubleOptIn = false,
): IngestMessageV1 => ({
  schema: 'groundswell:command:1',
  id: uuidV7(),
  at: new Date().toISOString(),
  kind: 'supporter_decision',
  actionId,
  ref,
  decision,
  doubleOptIn,
});

export const aModeration = (actionId: number, ref: string, decision: 'accept' | 'reject'): IngestMessageV1 => ({
  schema: 'groundswell:command:1',
  id: uuidV7(),
  at: new Date().toISOString(),
  kind: 'action_decision',
  actionId,
  ref,
  decision,
});

export const anEmailEvent = (
  actionId: number,
  ref: string,
  event: EmailEventV1['event'],
  at = new Date(),
): IngestMessageV1 => ({
  schema: 'groundswell:command:1',
  id: uuidV7(),
  at: at.toISOString(),
  kind: 'email_event',
  actionId,
  ref,
  event,
});

export const aReminder = (actionId: number, ref: string, reminder = 1): IngestMessageV1 => ({
  schema: 'groundswell:command:1',
  id: uuidV7(),
  at: new Date().toISOString(),
  kind: 'remind_supporter',
  actionId,
  ref,
  reminder,
});
