import request from 'supertest';
import { exchanges, statsChangedKey } from '@groundswell/contracts';
import { waitFor } from '@groundswell/testing';
import { CampaignStatsFeed } from '../../src/stats/campaign-stats-feed';
import { GatewayFleet, type RunningGateway } from './gateway.fixture';
import { AbsintheClient, closeClients, GraphqlWsClient, type Inbox } from './socket-clients.fixture';
import { StatsRedis, waitForRedis, writeTables, type Written } from './stats.fixture';

/** The live counter and `/stats/CAMPAIGN.json`, on one gateway with broker, Redis and database. */
const subscription = `subscription ($id: Int!) { campaignStats(campaignId: $id) {
  supporterCount supporterCountByOrg { count org { __typename name } } actionCount { actionType count } } }`;

let fleet: GatewayFleet;
let redis: StatsRedis;
let gateway: RunningGateway;

beforeAll(async () => {
  fleet = await GatewayFleet.create();
  await fleet.vhost.declareExchange('event');
  redis = await StatsRedis.start(fleet.database.name);
  await redis.load();
  await fleet.sql.query('update stats.state set counted_at = now()');
  gateway = await fleet.start({
    REDIS_URL: redis.url,
    STATS_MAX_AGE: '7',
    STATS_CACHE_MS: '0',
    CORS_ALLOW_ORIGIN: 'https://act.org',
  });
  await gateway.isReady();
  await waitForRedis(gateway);
});
afterEach(closeClients);
afterAll(async () => {
  await fleet.close();
  await redis.stop();
});

let lastName = 0;

async function newCampaign() {
  lastName += 1;
  const slug = `live_${lastName}`;
  const { orgId, pageId } = await fleet.insertPage(slug);
  const { rows } = await fleet.sql.query<{ id: string }>('select id from catalog.campaigns where name = $1', [slug]);
  const id = Number(rows[0]?.id);
  await gateway.catalogue.refresh();
  const figures = (supporters: number, version: number): Written => ({
    campaignId: id,
    version,
    byOrg: { [orgId]: supporters },
    byArea: { PL: supporters },
    byType: { register: supporters },
  });
  const change = async (supporters: number, version: number): Promise<void> => {
    await redis.write(figures(supporters, version));
    const event = { schema: 'groundswell:stats-changed:1', campaignIds: [id] };
    fleet.vhost.channel.publish(exchanges.event, statsChangedKey, Buffer.from(JSON.stringify(event)));
  };
  return { id, slug, orgId, pageId, figures, change };
}

const supportersIn = async (inbox: Inbox): Promise<number> => {
  const { data, errors } = await inbox.take();
  if (!data) throw new Error(JSON.stringify(errors));
  return (data as Record<string, { supporterCount: number }>)['campaignStats']!.supporterCount;
};

const followersOf = ({ app }: RunningGateway): number => app.get(CampaignStatsFeed, { strict: false }).followerCount;

describe('campaignStats', () => {
  it('tells anybody the figures at once and as they change, over both protocols', async () => {
    const { id, slug, change, figures } = await newCampaign();
    await redis.write(figures(3, 10));
    const inboxes = [
      await new AbsintheClient(gateway).send(subscription, { id }),
      new GraphqlWsClient(gateway).send(subscription, { id }),
    ];
    for (const inbox of inboxes) {
      expect(await inbox.take()).toEqual({
        data: {
          campaignStats: {
            supporterCount: 3,
            supporterCountByOrg: [{ count: 3, org: { __typename: 'PublicOrg', name: slug } }],
            actionCount: [{ actionType: 'register', count: 3 }],
          },
        },
      });
    }
    await change(4, 11);
    for (const inbox of inboxes) expect(await supportersIn(inbox)).toBe(4);
    closeClients();
    await waitFor(async () => followersOf(gateway) === 0);
  });

  it('tells changes of extra supporters, and nothing when nothing changed', async () => {
    const { id, pageId, change } = await newCampaign();
    await change(5, 20);
    const inbox = new GraphqlWsClient(gateway).send(subscription, { id });
    expect(await supportersIn(inbox)).toBe(5);
    await change(5, 21);
    await fleet.sql.query('update catalog.action_pages set extra_supporters = 10 where id = $1', [pageId]);
    await gateway.catalogue.refresh();
    expect(await supportersIn(inbox)).toBe(15);
    expect(inbox.results).toEqual([]);
  });

  it('passes over what came in between, at most four times a second, and ends with the last', async () => {
    const { id, change } = await newCampaign();
    await change(1, 30);
    const inbox = new GraphqlWsClient(gateway).send(subscription, { id });
    const told = [await supportersIn(inbox)];
    const startedAt = performance.now();
    for (let count = 2; count <= 100; count += 1) await change(count, 30 + count);
    while (told.at(-1) !== 100) told.push(await supportersIn(inbox));
    const mostTold = 2 + Math.ceil((performance.now() - startedAt) / 250);
    expect(told.length).toBeLessThanOrEqual(mostTold);
    expect(told).toEqual([...told].sort((a, b) => a - b));
  });

  it('ends with its campaign, and knows no other', async () => {
    const { id, figures } = await newCampaign();
    await redis.write(figures(2, 150));
    const inbox = new GraphqlWsClient(gateway).send(subscription, { id });
    expect(await supportersIn(inbox)).toBe(2);
    await fleet.sql.query('update catalog.campaigns set deleted_at = now() where id = $1', [id]);
    await gateway.catalogue.refresh();
    await waitFor(async () => inbox.isStarted);
    await waitFor(() => followersOf(gateway) === 0);
    const unknown = new GraphqlWsClient(gateway).send(subscription, { id: 999_999 });
    expect(await unknown.take()).toMatchObject({
      errors: [{ message: 'Campaign not found', extensions: { code: 'not_found' } }],
    });
  });
});

describe('/stats/CAMPAIGN.json', () => {
  const get = (file: string, headers: Record<string, string> = {}) =>
    request(gateway.app.getHttpServer()).get(`/stats/${file}`).set(headers);

  it('has the public figures, by id and by name, for every origin', async () => {
    const { id, slug, pageId, figures } = await newCampaign();
    await redis.write(figures(3, 200));
    await fleet.sql.query('update catalog.action_pages set extra_supporters = 4 where id = $1', [pageId]);
    await gateway.catalogue.refresh();
    const byId = await get(`${id}.json`, { origin: 'https://anywhere.org' });
    expect(byId.status).toBe(200);
    expect(byId.body).toEqual({
      campaign: { id, name: slug },
      supporterCount: 7,
      supporterCountByArea: [{ area: 'PL', count: 3 }],
      supporterCountByOrg: [{ org: slug, title: slug, count: 7 }],
      actionCount: [{ actionType: 'register', count: 3 }],
    });
    expect(byId.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'public, max-age=7',
      'access-control-allow-origin': '*',
    });
    expect(byId.headers).not.toHaveProperty('access-control-allow-credentials');
    expect(byId.headers).not.toHaveProperty('vary');
    expect((await get(`${slug.toUpperCase()}.json`)).body).toEqual(byId.body);
  });

  it('says by its ETag whether anything changed', async () => {
    const { id, figures } = await newCampaign();
    await redis.write(figures(3, 210));
    const etag = (await get(`${id}.json`)).headers['etag'] ?? '';
    const unchanged = await get(`${id}.json`, { 'if-none-match': `"other", W/${etag}` });
    expect([unchanged.status, unchanged.text, unchanged.headers['etag']]).toEqual([304, '', etag]);
    await redis.write(figures(4, 211));
    const changed = await get(`${id}.json`, { 'if-none-match': etag });
    expect([changed.status, changed.body.supporterCount]).toEqual([200, 4]);
  });

  it.each(['999999.json', 'nobody.json', 'live_1', '%2e%2e.json', `${'9'.repeat(30)}.json`, '.json'])(
    'knows no %s',
    async (file) => {
      const answer = await get(file);
      expect([answer.status, answer.body]).toEqual([
        404,
        { errors: [{ message: 'Campaign not found', extensions: { code: 'not_found' } }] },
      ]);
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'access-control-allow-origin': '*' });
    },
  );

  it('goes on from the tables without Redis, and asks to come again without both', async () => {
    const { id, figures } = await newCampaign();
    await writeTables(fleet.sql, figures(6, 220));
    const other = await newCampaign();
    redis.refuse();
    try {
      expect((await get(`${id}.json`)).body).toMatchObject({ supporterCount: 6 });
      fleet.proxies.database.refuse();
      expect((await get(`${id}.json`)).body).toMatchObject({ supporterCount: 6 });
      const away = await get(`${other.id}.json`);
      expect([away.status, away.headers['retry-after']]).toEqual([503, '5']);
    } finally {
      fleet.proxies.database.accept();
      redis.accept();
    }
    await waitFor(async () => (await get(`${other.id}.json`)).status === 200);
  });
});
