import { Redis } from 'ioredis';
import { Catalogue, Database } from '@groundswell/persistence';
import { waitFor, type TestDatabase } from '@groundswell/testing';
import { RateLimiter } from '../../src/rate-limits/rate-limiter';
import { AdminGateway, withDatabase } from './admin.fixture';
import { StatsRedis, waitForRedis, writeTables, type Written } from './stats.fixture';

/** Which figures are shown, and what that costs, whatever becomes of Redis (processing.md §9, §10). */
let database: TestDatabase;
let redis: StatsRedis;
let gateway: AdminGateway;
let statements: string[];
let org: Awaited<ReturnType<AdminGateway['addOrg']>>;

/** Statements from now on. */
function listenTo({ app }: AdminGateway): string[] {
  const heard: string[] = [];
  const db = app.get(Database);
  const query = db.query.bind(db);
  db.query = (sql: string, parameters?: unknown[]) => {
    heard.push(sql);
    return query(sql, parameters) as never;
  };
  return heard;
}

const started = (settings: object = {}): Promise<AdminGateway> =>
  AdminGateway.start(database, { config: { REDIS_URL: redis.url }, settings });

beforeAll(async () => {
  database = await withDatabase();
  redis = await StatsRedis.start(database.name);
  gateway = await started();
  await waitForRedis(gateway);
  org = await gateway.addOrg();
  statements = listenTo(gateway);
});
afterAll(async () => {
  await gateway.close();
  await redis.stop();
  await database.drop();
});

const isConnected = (to = gateway): Promise<unknown> =>
  waitFor(async () => (to.app.get(RateLimiter).redis as Redis).status === 'ready');

/** A campaign with a page; `figures(n, version)` are n supporters of it. */
async function newCampaign() {
  const campaign = await gateway.addCampaign(org);
  const page = await gateway.addPage(org, campaign);
  const figures = (supporters: number, version: number): Written => ({
    campaignId: campaign.id,
    version,
    byOrg: { [org.id]: supporters },
    byArea: { PL: supporters },
    byType: { register: supporters + 1 },
    byPage: { [page.id]: supporters },
    byPageType: { [page.id]: { register: supporters + 1 } },
    pages: { [page.id]: { lastActionAt: new Date(), location: `https://act.org/${supporters}` } },
  });
  return { ...campaign, page, figures };
}

const supportersOf = async ({ id }: { id: number }, of = gateway): Promise<number> => {
  const { campaign } = await of.get<{ campaign: { stats: { supporterCount: number } } }>(
    'query ($id: Int) { campaign(id: $id) { stats { supporterCount } } }',
    { id },
  );
  return campaign.stats.supporterCount;
};

it('recounts from the actions until stats-service has counted, page activity too', async () => {
  const { id, page } = await newCampaign();
  const source = await gateway.one<{ id: number }>(
    `insert into actions.sources (source, medium, location, hash) values ('a', 'b', 'https://act.org/x', 'h') returning id`,
  );
  await gateway.owner.query(
    `with supporter as (insert into actions.supporters (campaign_id, action_page_id, fingerprint, processing_status, dupe_rank)
                        values ($1, $2, 'f', 3, 0) returning id)
     insert into actions.actions (supporter_id, action_type, campaign_id, action_page_id, processing_status, source_id)
     select id, 'register', $1, $2, 4, $3 from supporter`,
    [id, page.id, source.id],
  );
  expect(await supportersOf({ id })).toBe(1);
  const read = `query ($name: String!, $id: Int!) { org(name: $name) { actionPage(id: $id) {
    ... on PrivateActionPage { status location } } } }`;
  expect(await gateway.get(read, { name: org.name, id: page.id }, org.token)).toEqual({
    org: { actionPage: { status: 'ACTIVE', location: 'https://act.org/x' } },
  });
});

it('reads any number of campaigns and pages from Redis in one step, and no statement', async () => {
  const campaigns = [await newCampaign(), await newCampaign(), await newCampaign()];
  await isConnected();
  for (const [index, { figures }] of campaigns.entries()) await redis.write(figures(index + 1, index + 10));
  await redis.load();
  const document = `query ($name: String!) { org(name: $name) { campaigns { id stats { supporterCount
      supporterCountByArea { area count } supporterCountByOrg { count org { name } } actionCount { actionType count } } }
    actionPages { id stats { supporterCount actionCount { actionType count } } ... on PrivateActionPage { status location } } } }`;
  const read = () =>
    gateway.get<{ org: { campaigns: { id: number }[]; actionPages: { id: number }[] } }>(
      document,
      { name: org.name },
      org.token,
    );
  await read();
  await redis.commands();
  statements.length = 0;
  const { org: found } = await read();
  expect((await redis.commands())['evalsha']).toBe(1);
  expect(statements.filter((sql) => /stats\.|actions\./.test(sql))).toEqual([]);
  for (const [index, { id, page }] of campaigns.entries()) {
    const count = index + 1;
    expect(found.campaigns.find((campaign) => campaign.id === id)).toMatchObject({
      stats: {
        supporterCount: count,
        supporterCountByArea: [{ area: 'PL', count }],
        supporterCountByOrg: [{ count, org: { name: org.name } }],
        actionCount: [{ actionType: 'register', count: count + 1 }],
      },
    });
    expect(found.actionPages.find((one) => one.id === page.id)).toMatchObject({
      stats: { supporterCount: count, actionCount: [{ actionType: 'register', count: count + 1 }] },
      status: 'ACTIVE',
      location: `https://act.org/${count}`,
    });
  }
});

it('shows a change in Redis at once, and nothing older than was shown', async () => {
  const campaign = await newCampaign();
  await writeTables(gateway.owner, campaign.figures(9, 23));
  for (const [supporters, version] of [
    [5, 20],
    [8, 22],
  ] as const) {
    await redis.write(campaign.figures(supporters, version));
    expect(await supportersOf(campaign)).toBe(supporters);
  }
  await redis.write(campaign.figures(6, 21));
  expect(await supportersOf(campaign)).toBe(9);
  const { page } = campaign;
  const read = `{ org(name: "${org.name}") { actionPage(id: ${page.id}) { ... on PrivateActionPage { location } } } }`;
  expect(await gateway.get(read, {}, org.token)).toMatchObject({
    org: { actionPage: { location: 'https://act.org/9' } },
  });
  await redis.write(campaign.figures(10, 24));
  expect(await supportersOf(campaign)).toBe(10);
});

it('takes the tables while Redis is empty, and a Redis that restarted with what it had saved for empty', async () => {
  const campaign = await newCampaign();
  await writeTables(gateway.owner, campaign.figures(7, 30));
  await redis.write(campaign.figures(3, 25));
  expect(await supportersOf(campaign)).toBe(3);
  const { redis: direct, keys } = redis;
  await direct.del(keys.loaded);
  expect(await supportersOf(campaign)).toBe(7);

  // Another replica, which has shown nothing yet, must not fall for it either.
  const other = await newCampaign();
  await writeTables(gateway.owner, other.figures(7, 31));
  await redis.write(other.figures(3, 26));
  await redis.load();
  await redis.restart();
  await isConnected();
  await waitFor(async () => (await direct.exists(keys.loaded)) === 1);
  expect(await supportersOf(other)).toBe(7);
  await redis.write(other.figures(8, 32));
  await redis.load();
  expect(await supportersOf(other)).toBe(8);
});

it('goes on without Redis, with one statement for a while however many ask', async () => {
  const keeping = await started({ statsCacheMs: 60_000 });
  const asked = listenTo(keeping);
  await isConnected(keeping);
  const cases = [
    { fail: redis.freeze, mend: redis.thaw },
    { fail: redis.refuse, mend: redis.accept },
  ];
  try {
    for (const [index, { fail, mend }] of cases.entries()) {
      const campaign = await newCampaign();
      await writeTables(gateway.owner, campaign.figures(4, 40 + index));
      // Another replica made it.
      await keeping.app.get(Catalogue).refresh();
      fail();
      asked.length = 0;
      const found = await Promise.all(Array.from({ length: 20 }, () => supportersOf(campaign, keeping)));
      found.push(await supportersOf(campaign, keeping));
      expect(new Set(found)).toEqual(new Set([4]));
      expect(asked.filter((sql) => sql.includes('stats.counters')).length).toBeLessThanOrEqual(1);
      mend();
      await redis.write(campaign.figures(6, 50 + index));
      await waitFor(async () => (await supportersOf(campaign, keeping)) === 6);
    }
  } finally {
    await keeping.close();
  }
});
