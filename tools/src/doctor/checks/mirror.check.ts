import { setTimeout as sleep } from 'node:timers/promises';
import { statsCounterField, statsFields, statsKeysOf, type StatsKeys } from '@groundswell/contracts';
import { fault, type Check, type DoctorSettings, type Finding, type Look } from '../check';
import type { DoctorDatabase } from '../sources/database';
import type { DoctorRedis } from '../sources/redis';
import type { Sources } from '../sources/sources';
import { keptFigures } from './counters.check';

/** A change is in Redis before its delta is acked. */
const tries = 20;
const pauseMs = 100;

const campaigns = `
select campaign_id::int as id from stats.campaigns where version > 0 order by changed_at desc, campaign_id desc limit $1`;

/** What gateways read is what stats-service keeps (docs/adr/0010). */
export class MirrorCheck implements Check {
  readonly id = 'mirror';
  readonly title = 'counters in Redis are those of Postgres';
  readonly settles = true;

  async look(sources: Sources, settings: DoctorSettings): Promise<Look> {
    const database = await sources.database();
    const redis = await sources.redis();
    const keys = statsKeysOf(sources.databaseName);
    const findings = await this.version(database, redis, keys);
    if (findings.length > 0) return { findings };
    const limit = Number.isFinite(settings.campaigns) ? settings.campaigns : null;
    const ids = (await database.query<{ id: number }>(campaigns, [limit])).map(({ id }) => id);
    for (const id of ids) findings.push(...(await this.campaign(database, redis, keys, id)));
    return { findings, figures: { campaigns: ids.length } };
  }

  private async version(database: DoctorDatabase, redis: DoctorRedis, keys: StatsKeys): Promise<Finding[]> {
    const wanted = await stateVersion(database);
    for (let left = tries; ; left -= 1) {
      const { version } = await redis.hash(keys.loaded);
      const latest = await stateVersion(database);
      if (version !== undefined && Number(version) > latest) {
        return [fault('version', `Redis has ${version}, Postgres ${latest}: Redis is of another time`)];
      }
      if (version !== undefined && Number(version) >= wanted) return [];
      if (left === 0) {
        const says = version === undefined ? 'Redis has no figures' : `Redis has ${version}, Postgres ${latest}`;
        return [fault('version', says)];
      }
      await sleep(pauseMs);
    }
  }

  /** Compared where both have the campaign at one version: under load, after a few tries. */
  private async campaign(
    database: DoctorDatabase,
    redis: DoctorRedis,
    keys: StatsKeys,
    id: number,
  ): Promise<Finding[]> {
    for (let left = tries; ; left -= 1) {
      const { version, figures } = await database.snapshot(async () => ({
        version: await campaignVersion(database, id),
        figures: await keptFigures(database, id),
      }));
      const hash = await redis.hash(keys.campaign(id));
      if (hash[statsFields.version] === String(version)) {
        const kept = new Map(
          figures.map(({ kind, id: of, name, count }) => [statsCounterField(kind, of, name), count]),
        );
        return mirrorFindings(id, kept, hash);
      }
      if (left === 0) {
        return [
          fault(`campaign ${id}`, `Redis has version ${hash[statsFields.version] ?? 'none'}, Postgres ${version}`),
        ];
      }
      await sleep(pauseMs);
    }
  }
}

/** Fields of counters begin with the letter of their kind; the others are no counts. */
const isCount = /^[oatpy]:/;

export function mirrorFindings(
  campaignId: number,
  kept: ReadonlyMap<string, number>,
  hash: Readonly<Record<string, string>>,
): Finding[] {
  const fields = new Set([...kept.keys(), ...Object.keys(hash).filter((field) => isCount.test(field))]);
  return [...fields].flatMap((field) => {
    const [count, shown] = [kept.get(field) ?? 0, Number(hash[field] ?? 0)];
    return count === shown ? [] : [fault(`campaign ${campaignId} ${field}`, `Redis says ${shown}, Postgres ${count}`)];
  });
}

async function stateVersion(database: DoctorDatabase): Promise<number> {
  const [row] = await database.query<{ version: number }>('select version::float8 as version from stats.state');
  return row?.version ?? 0;
}

async function campaignVersion(database: DoctorDatabase, id: number): Promise<number> {
  const [row] = await database.query<{ version: number }>(
    'select version::float8 as version from stats.campaigns where campaign_id = $1',
    [id],
  );
  return row?.version ?? 0;
}
