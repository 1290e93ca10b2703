import { randomBytes, randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import type { INestApplication } from '@nestjs/common';
import type { Client } from 'pg';
import { statsCounterField, statsCounterKinds, statsFields, statsKeysOf, type StatsKeys } from '@groundswell/contracts';
import { RabbitProxy, waitFor } from '@groundswell/testing';
// eslint-disable-next-line @nx/enforce-module-boundaries -- the servers have no alias, since only tests start any
import { startRedis, wipeData } from '../../../../tools/infra/index.mjs';
import { RateLimiter } from '../../src/rate-limits/rate-limiter';

/** Figures of one campaign as stats-service would have them. */
export interface Written {
  campaignId: number;
  version: number;
  byOrg?: Record<number, number>;
  byArea?: Record<string, number>;
  byType?: Record<string, number>;
  byPage?: Record<number, number>;
  byPageType?: Record<number, Record<string, number>>;
  pages?: Record<number, { lastActionAt: Date; location?: string }>;
}

const { org, area, actionType, page, pageActionType } = statsCounterKinds;

const rowsOf = ({ byOrg = {}, byArea = {}, byType = {}, byPage = {}, byPageType = {} }: Written) => [
  ...Object.entries(byOrg).map(([id, count]) => [org, Number(id), '', count] as const),
  ...Object.entries(byArea).map(([name, count]) => [area, 0, name, count] as const),
  ...Object.entries(byType).map(([name, count]) => [actionType, 0, name, count] as const),
  ...Object.entries(byPage).map(([id, count]) => [page, Number(id), '', count] as const),
  ...Object.entries(byPageType).flatMap(([id, types]) =>
    Object.entries(types).map(([name, count]) => [pageActionType, Number(id), name, count] as const),
  ),
];

/** In the place of stats-service: its tables, written by the database's owner. */
export async function writeTables(sql: Client, written: Written): Promise<void> {
  const { campaignId, version, pages = {} } = written;
  await sql.query('begin');
  await sql.query('update stats.state set version = greatest(version, $1), counted_at = now()', [version]);
  await sql.query('delete from stats.counters where campaign_id = $1', [campaignId]);
  await sql.query(
    `insert into stats.campaigns (campaign_id, version) values ($1, $2)
         on conflict (campaign_id) do update set version = excluded.version`,
    [campaignId, version],
  );
  for (const row of rowsOf(written)) {
    await sql.query('insert into stats.counters (campaign_id, kind, id, name, count) values ($1, $2, $3, $4, $5)', [
      campaignId,
      ...row,
    ]);
  }
  for (const [id, { lastActionAt, location = null }] of Object.entries(pages)) {
    await sql.query(
      `insert into stats.pages (page_id, campaign_id, last_action_at, location) values ($1, $2, $3, $4)
           on conflict (page_id) do update set last_action_at = excluded.last_action_at, location = excluded.location`,
      [id, campaignId, lastActionAt, location],
    );
  }
  await sql.query('commit');
}

/** A busy machine must not count as a Redis that is away: the gateway waits for it, and has reached it. */
export async function waitForRedis({ app }: { app: INestApplication }): Promise<void> {
  const redis = app.get(RateLimiter, { strict: false }).redis as Redis;
  Object.assign(redis.options, { commandTimeout: 60_000, socketTimeout: 240_000 });
  await waitFor(() => redis.status === 'ready');
}

/** A Redis of one's own, behind a proxy that can fail, with hands to write what stats-service would. */
export class StatsRedis {
  private constructor(
    private readonly dir: string,
    private readonly server: Awaited<ReturnType<typeof startRedis>>,
    private readonly proxy: RabbitProxy,
    readonly redis: Redis,
    readonly keys: StatsKeys,
  ) {}

  static async start(databaseName: string): Promise<StatsRedis> {
    const dir = resolve(process.env['TEST_DIR'] ?? join('.local', 'test'), `stats-${randomBytes(4).toString('hex')}`);
    const server = await startRedis({ dir });
    const redis = new Redis(server.url);
    redis.on('error', () => undefined);
    return new StatsRedis(dir, server, await RabbitProxy.start(server.url), redis, statsKeysOf(databaseName));
  }

  /** For the gateway. */
  get url(): string {
    return this.proxy.amqpUrl;
  }

  async load(): Promise<void> {
    const runId = /run_id:(\w+)/.exec(await this.redis.info('server'))?.[1] ?? '';
    await this.redis.hset(this.keys.loaded, { id: randomUUID(), runId, version: '1' });
  }

  async write(written: Written): Promise<void> {
    const { campaignId, version, pages = {} } = written;
    const fields = new Map<string, string | number>([[statsFields.version, version]]);
    for (const [kind, id, name, count] of rowsOf(written)) fields.set(statsCounterField(kind, id, name), count);
    for (const [id, { lastActionAt, location }] of Object.entries(pages)) {
      fields.set(statsFields.lastActionAt(Number(id)), lastActionAt.getTime());
      if (location) fields.set(statsFields.location(Number(id)), location);
    }
    const key = this.keys.campaign(campaignId);
    await this.redis.multi().del(key).hset(key, fields).exec();
  }

  /** Commands of the gateway since the last call, by name. */
  async commands(): Promise<Record<string, number>> {
    const stats = await this.redis.info('commandstats');
    await this.redis.config('RESETSTAT');
    return Object.fromEntries(
      [...stats.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)].map(([, name = '', calls]) => [name, Number(calls)]),
    );
  }

  /** The same data in another process. */
  async restart(): Promise<void> {
    await this.server.stop();
    await this.server.restart();
  }

  refuse = (): void => this.proxy.refuse();
  accept = (): void => this.proxy.accept();
  freeze = (): void => this.proxy.freeze();
  thaw = (): void => this.proxy.thaw();

  async stop(): Promise<void> {
    this.redis.disconnect();
    await this.proxy.close();
    await this.server.stop();
    await wipeData(this.dir);
  }
}
