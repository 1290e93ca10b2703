import { statsFields } from '@groundswell/contracts';
import { createLogger } from '@groundswell/observability';
import { waitFor } from '@groundswell/testing';
import { MirroredRedis } from '../../src/mirroring/mirrored-redis';
import { RedisMirror } from '../../src/mirroring/redis-mirror';
import { StatsFixture } from './stats-fixture';
import { StatsReplica } from './stats-replica';

describe('the mirror in Redis', () => {
  let fixture: StatsFixture;
  let replica: StatsReplica;
  let redis: MirroredRedis;

  beforeAll(async () => {
    fixture = await StatsFixture.create();
    replica = await StatsReplica.start(fixture.database.urls.stats, 'one');
    await replica.leads();
    redis = new MirroredRedis(process.env['TEST_REDIS_URL'] ?? '', fixture.keys);
    await waitFor(() => redis.isReady);
  });
  afterAll(async () => {
    redis.close();
    await replica.stop();
    await fixture.close();
  });

  it('has every change, in their order, though they come before the one before them is there', async () => {
    let loads = 0;
    const { database, leader } = replica;
    const logger = createLogger({ service: 'stats-service', level: 'silent' });
    const mirror = new RedisMirror({ redis, database, leader, logger, onLoaded: () => void (loads += 1) });
    const show = (version: number) => {
      const fields: [string, string][] = [[statsFields.org(1), String(version)]];
      return mirror.show({ previous: version - 1, version, campaigns: new Map([[1, fields]]) });
    };
    await mirror.tend();
    await Promise.all([show(1), mirror.tend(), show(2), show(3), mirror.tend(), show(4)]);
    await mirror.tend();
    expect(loads).toBe(1);
    expect(await fixture.redis.hget(fixture.keys.loaded, 'version')).toBe('4');
    expect((await fixture.hash(1))[statsFields.org(1)]).toBe('4');
  });
});
