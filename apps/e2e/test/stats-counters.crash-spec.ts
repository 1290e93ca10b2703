import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { ingestQueue, partitionCount } from '@groundswell/contracts';
import { recountSql, seededRandom, waitFor } from '@groundswell/testing';
import { ApiClient } from '../src/api-client';
import { aCampaign, anOrg, aPage } from '../src/campaign-world';
import { pause } from '../src/crash/crash-fleet';
import { report, say, setting } from '../src/crash/crash-report';
import { FiguresWatch, shownBy } from '../src/crash/figures-watch';
import { queueDepths } from '../src/crash/settlement';
import { StatsCrowd, type CountedPage } from '../src/crash/stats-crowd';
import { ownHome, type OwnHome } from '../src/fleet-home';
import { TestFleet } from '../src/test-fleet';

const run = promisify(execFile);
const rounds = setting('CRASH_ROUNDS', 2);
const deedsPerRound = setting('CRASH_COUNT', 60);
const seed = setting('CRASH_SEED', 1);
const atOnce = 6;
const settleMs = 60_000;
const replicas = ['stats-service', 'stats-service-2'];
const queues = Array.from({ length: partitionCount }, (_, partition) => ingestQueue(partition));

/** Acceptance 1 of the counters: exact at rest, and between what may count and what was shown while everything moves. */
describe('counters while stats-service dies and Redis is lost', () => {
  const random = seededRandom(seed);
  let home: OwnHome;
  let fleet: TestFleet;
  let redis: Redis;
  let pages: CountedPage[];
  let crowd: StatsCrowd;
  let watch: FiguresWatch;
  let campaignIds: number[];

  beforeAll(async () => {
    home = await ownHome('stats-counters');
    fleet = await TestFleet.create(home);
    const stats = { SYNC_INTERVAL: '500', LEADER_LEASE_MS: '1000', POLL_MS: '100' };
    await fleet.startOne('topology-service');
    await fleet.startOne('action-ingest', { PROCESS_OLD_INTERVAL: '1000' });
    for (const as of replicas) await fleet.startOne('stats-service', stats, as);
    await fleet.startOne('api-gateway');
    await Promise.all(fleet.services.map((service) => service.ready({ deadlineMs: 60_000 })));
    redis = new Redis(home.servers.redisUrl).on('error', () => undefined);
    pages = await campaignPages();
    campaignIds = [...new Set(pages.map(({ campaignId }) => campaignId))];
    const tokens = `s${randomBytes(4).toString('hex')}`;
    crowd = new StatsCrowd({ random, run: tokens, pages, gatewayUrl: () => fleet.gatewayUrl, sql: fleet.sql });
    const gateway = () => new ApiClient(fleet.gatewayUrl);
    watch = new FiguresWatch(gateway, campaignIds, (id) => crowd.boundsOf(id));
  });
  afterAll(async () => {
    await watch?.stop();
    redis?.disconnect();
    await fleet?.stop();
  });

  /** Two orgs share a campaign; one of them has another; a third one's supporters are confirmed first. */
  const campaignPages = async (): Promise<CountedPage[]> => {
    const [lead, partner] = [await anOrg(fleet), await anOrg(fleet)];
    const confirming = await anOrg(fleet, { processing: { customSupporterConfirm: true } });
    const [shared, own, waiting] = [await aCampaign(lead), await aCampaign(lead), await aCampaign(confirming)];
    const found: CountedPage[] = [];
    for (const [org, campaign] of [
      [lead, shared],
      [lead, shared],
      [partner, shared],
      [lead, own],
      [confirming, waiting],
    ] as const) {
      const page = await aPage(org, campaign);
      found.push({ ...page, org, name: org.name, isConfirming: org === confirming });
    }
    return found;
  };

  const strikes: [name: string, strike: () => Promise<unknown>][] = [
    [
      'both replicas of stats-service killed, Redis emptied',
      () => Promise.all([...replicas.map(restart), redis.flushall()]),
    ],
    ['Redis killed', () => home.servers.redis.kill('SIGKILL').then(() => home.servers.redis.restart())],
    ['one replica of stats-service killed', () => restart('stats-service')],
    ['Redis emptied', () => redis.flushall()],
    ['the other replica of stats-service killed', () => restart('stats-service-2')],
  ];
  const restart = async (as: string): Promise<void> => {
    await fleet.service(as).kill('SIGKILL');
    await pause(random() * 500);
    await fleet.service(as).restart();
  };

  const act = async (rejecting: number): Promise<void> => {
    const until = crowd.deeds + deedsPerRound;
    const worker = async (): Promise<void> => {
      while (crowd.deeds < until) await crowd.act(rejecting);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  };

  /** Every figure of every campaign, as the gateway shows it and as §9.1 counts it. */
  const settled = async (): Promise<Map<number, number>> => {
    const gateway = new ApiClient(fleet.gatewayUrl);
    return waitFor(async () => {
      const depths = await queueDepths(home.infra.amqpUrl, queues);
      expect(depths.filter(({ n }) => n > 0)).toEqual([]);
      const { rows } = await fleet.sql.query<{ name: string; n: number }>(recountSql);
      const recount = new Map(rows.map(({ name, n }) => [name, n]));
      const shown = new Map<number, number>();
      for (const id of campaignIds) {
        const figures = await shownBy(gateway, id);
        expect(figures).toEqual(expectedOf(id, recount));
        shown.set(id, figures.supporterCount);
      }
      const waiting = await fleet.sql.query(
        `select from actions.counter_numbers c join stats.partitions p using (partition) where c.number <> p.number
         union all select from actions.outbox`,
      );
      expect(waiting.rowCount).toBe(0);
      expect(await stored()).toEqual(Object.fromEntries(recount));
      return shown;
    }, settleMs);
  };
  const expectedOf = (id: number, recount: ReadonlyMap<string, number>) => {
    const named = (kind: string) =>
      [...recount].flatMap(([name, n]) => {
        const prefix = `${id} ${kind} `;
        return name.startsWith(prefix) ? [[name.slice(prefix.length), n] as const] : [];
      });
    const names = new Map(pages.map(({ org }) => [org.id, org.name]));
    const byOrg = new Map(named('org').map(([orgId, n]) => [Number(orgId), n]));
    for (const [orgId, n] of crowd.extrasOf(id)) byOrg.set(orgId, (byOrg.get(orgId) ?? 0) + n);
    return {
      supporterCount: [...byOrg.values()].reduce((sum, n) => sum + n, 0),
      byOrg: Object.fromEntries([...byOrg].map(([orgId, n]) => [names.get(orgId), n])),
      byArea: Object.fromEntries(named('area')),
      byType: Object.fromEntries(named('type')),
    };
  };
  const stored = async (): Promise<Record<string, number>> => {
    const { rows } = await fleet.sql.query<{ name: string; n: number }>(
      `select campaign_id || ' ' || case kind when 0 then 'org ' || id when 1 then 'area ' || name
                when 2 then 'type ' || name when 3 then 'page ' || id else 'page ' || id || ' type ' || name end as name,
              count::int as n
         from stats.counters where count <> 0`,
    );
    return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
  };

  it(`are exact at rest and never wrong meanwhile, seed ${seed}`, async () => {
    watch.rest(await settled());
    watch.start();
    let supporters = 0;
    for (let round = 0; round < rounds; round += 1) {
      const [name, strike] = strikes[(round + seed - 1) % strikes.length] as (typeof strikes)[number];
      say(`round ${round + 1}: ${name}`);
      // Every other round nobody takes back anything: then a figure may not fall at all.
      const acting = act(round % 2 === 0 ? 0 : 12);
      await pause(random() * 600);
      await strike();
      await acting;
      const shown = await settled();
      watch.rest(shown);
      supporters = [...shown.values()].reduce((sum, n) => sum + n, 0);
      expect(watch.wrong).toEqual([]);
    }
    await watch.stop();
    const { stdout } = await run(process.execPath, ['dist/tools/recount.js'], {
      env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: home.infra.databaseUrl },
    });
    expect(stdout).toBe(`${campaignIds.length} campaigns counted, 0 were wrong\n`);
    const drifts = await fleet.sql.query('select campaign_id, figures from stats.drifts');
    const { looks, slowestMs } = watch;
    report('stats-counters', { seed, rounds, deeds: crowd.deeds, supporters, looks, slowestMs: Math.round(slowestMs) });
    expect(watch.wrong).toEqual([]);
    expect(drifts.rows).toEqual([]);
    expect(looks).toBeGreaterThan(rounds * 10);
  }, 3_600_000);
});
