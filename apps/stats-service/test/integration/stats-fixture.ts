import { randomBytes, randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Redis } from 'ioredis';
import { Pool, type ClientBase } from 'pg';
import { loadConfig } from '@groundswell/config';
import { exchanges, factKeys, factQueue, statsKeysOf, type CounterDeltaV1 } from '@groundswell/contracts';
import { createLogger, HealthRegistry, Metrics } from '@groundswell/observability';
import { createService } from '@groundswell/service';
import { createTestDatabase, recountSql, TestVhost, waitFor, type TestDatabase } from '@groundswell/testing';
import { AppModule } from '../../src/app.module';
import { configSchema } from '../../src/config';

export const deltas = factQueue('stats-service');

export interface Place {
  orgId: number;
  campaignId: number;
  pageId: number;
}

/** stats-service in this process, on a database and a vhost of its own; the test stores actions and tells of them as
 *  action-ingest does. */
export class StatsFixture {
  readonly redis = new Redis(process.env['TEST_REDIS_URL'] ?? '');
  readonly keys;
  private readonly apps = new Set<NestFastifyApplication>();
  private names = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly vhost: TestVhost,
    readonly sql: Pool,
  ) {
    this.keys = statsKeysOf(database.name);
  }

  static async create(): Promise<StatsFixture> {
    const [database, vhost] = await Promise.all([createTestDatabase(), TestVhost.create()]);
    const fixture = new StatsFixture(database, vhost, new Pool({ connectionString: database.urls.owner, max: 3 }));
    await vhost.declareExchange(exchanges.event);
    await vhost.declareQueue(deltas, { exchange: exchanges.event, key: factKeys.counters });
    return fixture;
  }

  async start(variables: Record<string, string> = {}): Promise<NestFastifyApplication> {
    const config = loadConfig(configSchema, {
      DATABASE_URL: this.database.urls.stats,
      AMQP_URL: this.vhost.amqpUrl,
      REDIS_URL: process.env['TEST_REDIS_URL'] ?? '',
      LOG_LEVEL: process.env['STATS_TEST_LOG'] ?? 'silent',
      REPLICA_ID: `test-${randomUUID()}`,
      RECONNECT_FIRST_MS: '50',
      RECONNECT_LONGEST_MS: '500',
      POLL_MS: '30',
      LEADER_LEASE_MS: '1500',
      GAP_WAIT_MS: '400',
      ...variables,
    });
    const app = await createService(AppModule, {
      config,
      logger: createLogger({ service: 'stats-service', level: config.LOG_LEVEL }),
      health: new HealthRegistry({ keepMs: 0 }),
      metrics: new Metrics('stats-service', { withProcessMetrics: false }),
    });
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
    const keys = await this.redis.keys(`gs:stats:${this.database.name}:*`);
    if (keys.length > 0) await this.redis.del(...keys);
    this.redis.disconnect();
    await this.sql.end();
    await this.vhost.delete();
    await this.database.drop();
  }

  async place(): Promise<Place> {
    this.names += 1;
    const orgId = await this.insert('catalog.orgs', { name: `org${this.names}`, title: 'An org' });
    const campaign = { name: `campaign${this.names}`, title: 'A campaign', org_id: orgId };
    const campaignId = await this.insert('catalog.campaigns', campaign);
    const page = { name: `pages/page${this.names}`, locale: 'en', org_id: orgId, campaign_id: campaignId };
    return { orgId, campaignId, pageId: await this.insert('catalog.action_pages', page) };
  }

  /** Stores one signature that counts in one transaction, as action-ingest does; returns what it tells of it. */
  async sign(place: Place, partition: number, area: string | null = 'PL', location = ''): Promise<CounterDeltaV1> {
    const { orgId, campaignId, pageId } = place;
    const number = await this.inTransaction((client) => this.store(client, place, partition, area, location));
    return {
      schema: 'groundswell:counters:1',
      partition,
      number,
      campaigns: [
        {
          campaignId,
          byOrg: { [orgId]: 1 },
          byArea: area === null ? {} : { [area]: 1 },
          byPage: { [pageId]: 1 },
          actionCount: { register: 1 },
          pageActionCount: { [pageId]: { register: 1 } },
        },
      ],
      pages: { [pageId]: { campaignId, lastActionAt: new Date().toISOString(), ...(location && { location }) } },
    };
  }

  /** Until the function it returns is called, nobody can count everything anew. */
  async holdCounts(): Promise<() => Promise<void>> {
    const client = await this.sql.connect();
    await client.query('begin');
    await client.query('lock table catalog.action_pages in access exclusive mode');
    return async () => {
      await client.query('commit');
      client.release();
    };
  }

  /** True while a count waits for that. */
  isCountHeld(): Promise<boolean> {
    return this.value(
      `select exists (select from pg_stat_activity where datname = current_database()
                       and application_name = 'stats-service-count' and wait_event_type = 'Lock') as value`,
    );
  }

  private async inTransaction<T>(work: (client: ClientBase) => Promise<T>): Promise<T> {
    const client = await this.sql.connect();
    try {
      await client.query('begin');
      const result = await work(client);
      await client.query('commit');
      return result;
    } finally {
      client.release();
    }
  }

  /** Returns the number of its delta. */
  private async store(
    client: ClientBase,
    { campaignId, pageId }: Place,
    partition: number,
    area: string | null,
    location: string,
  ): Promise<number> {
    const supporter = await this.insertBy(client, 'actions.supporters', {
      campaign_id: campaignId,
      action_page_id: pageId,
      fingerprint: randomBytes(32),
      area,
      processing_status: 3,
      dupe_rank: 0,
    });
    const source = { source: 's', medium: 'm', location, hash: randomBytes(32) };
    await this.insertBy(client, 'actions.actions', {
      campaign_id: campaignId,
      action_page_id: pageId,
      supporter_id: supporter,
      source_id: await this.insertBy(client, 'actions.sources', source),
      action_type: 'register',
      with_consent: true,
      processing_status: 4,
    });
    const { rows } = await client.query<{ number: string }>(
      'update actions.counter_numbers set number = number + 1 where partition = $1 returning number',
      [partition],
    );
    return Number(rows[0]?.number);
  }

  tell(...told: CounterDeltaV1[]): Promise<void> {
    return this.vhost.send(deltas, told, () => ({ messageId: randomUUID(), type: 'groundswell:counters:1' }));
  }

  /** Waits until the figures kept are those that a count of everything gives, in Postgres and in Redis. */
  async settled(): Promise<void> {
    await waitFor(async () => {
      const expected = await this.figures(recountSql);
      expect(await this.figures(storedSql)).toEqual(expected);
      expect(await this.mirrored()).toEqual(expected);
      return true;
    });
  }

  async figures(sql: string): Promise<Record<string, number>> {
    const { rows } = await this.sql.query<{ name: string; n: number }>(sql);
    return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
  }

  hash(campaignId: number): Promise<Record<string, string>> {
    return this.redis.hgetall(this.keys.campaign(campaignId));
  }

  async value<T>(sql: string, parameters: unknown[] = []): Promise<T> {
    const { rows } = await this.sql.query<{ value: T }>(sql, parameters);
    return rows[0]?.value as T;
  }

  /** What gateways would read: nothing unless all of it is there. */
  private async mirrored(): Promise<Record<string, number>> {
    const version = await this.value<string>('select version as value from stats.state');
    expect(Number(await this.redis.hget(this.keys.loaded, 'version'))).toBe(Number(version));
    const figures: Record<string, number> = {};
    for (const key of await this.redis.keys(this.keys.campaigns)) {
      const campaign = key.slice(key.lastIndexOf(':') + 1);
      for (const [field, count] of Object.entries(await this.redis.hgetall(key))) {
        const name = nameOf(field);
        if (name && Number(count) !== 0) figures[`${campaign} ${name}`] = Number(count);
      }
    }
    return figures;
  }

  insert(table: string, columns: Record<string, unknown>): Promise<number> {
    return this.inTransaction((client) => this.insertBy(client, table, columns));
  }

  private async insertBy(client: ClientBase, table: string, columns: Record<string, unknown>): Promise<number> {
    const names = Object.keys(columns);
    const { rows } = await client.query<{ id: string }>(
      `insert into ${table} (${names.join(', ')}) values (${names.map((_, at) => `$${at + 1}`).join(', ')}) returning id`,
      Object.values(columns),
    );
    return Number(rows[0]?.id);
  }
}

export const storedSql = `
  select campaign_id || ' ' || case kind when 0 then 'org ' || id when 1 then 'area ' || name when 2 then 'type ' || name
           when 3 then 'page ' || id else 'page ' || id || ' type ' || name end as name, count::int as n
    from stats.counters where count <> 0`;

const words: Record<string, (id: string) => string> = {
  o: (id) => `org ${id}`,
  a: (area) => `area ${area}`,
  t: (type) => `type ${type}`,
  p: (id) => `page ${id}`,
  y: (id) => `page ${id.replace(':', ' type ')}`,
};

const nameOf = (field: string): string | undefined => words[field.slice(0, field.indexOf(':'))]?.(field.slice(2));
