import { Pool } from 'pg';
import { Metrics } from '@groundswell/observability';
import { Database, type Catalogue } from '@groundswell/persistence';
import { createTestDatabase, waitFor, type TestDatabase } from '@groundswell/testing';
import { CampaignFigures } from '../../src/showing/campaign-figures';
import { mostCampaigns, ShowCampaignsTask } from '../../src/showing/show-campaigns.task';

let test: TestDatabase;
let sql: Pool;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase();
  sql = new Pool({ connectionString: test.urls.owner, max: 1 });
  const logger = { info: () => undefined, warn: () => undefined };
  database = new Database({ url: test.urls.stats, applicationName: 'show-campaigns', poolSize: 2 }, logger);
  await database.connect(10_000);
});
afterAll(async () => {
  await Promise.all([database.close(), sql.end()]);
  await test.drop();
});

/** A catalogue with these campaigns, of which 1 is live. */
function aCatalogue(campaigns: object[]) {
  const rows = new Map(campaigns.map((campaign) => [(campaign as { id: number }).id, campaign]));
  return { campaigns: { rows }, orgs: new Map([[7, { name: 'greens' }]]) } as unknown as Catalogue;
}
const aCampaign = (id: number, columns: object = {}) => ({
  ...{ id, name: `c${id}`, orgId: 7, status: 1, deletedAt: null },
  ...columns,
});

function shownBy(catalogue: Catalogue, everyMs = 60_000) {
  const metrics = new Metrics('stats-service', { withProcessMetrics: false });
  const task = new ShowCampaignsTask(database, catalogue, new CampaignFigures(metrics), everyMs);
  const lines = async () =>
    (await metrics.text()).split('\n').filter((line) => line.startsWith('groundswell_campaign_'));
  return { task, lines };
}

it('shows the supporters of live campaigns over all orgs that collect, and of no others', async () => {
  await sql.query(
    `insert into stats.counters (campaign_id, kind, id, name, count)
     values (1, 0, 7, '', 20), (1, 0, 8, '', 3), (1, 1, 0, 'PL', 23), (2, 0, 7, '', 5), (3, 0, 7, '', 9)`,
  );
  const closed = [aCampaign(2, { status: 2 }), aCampaign(3, { deletedAt: new Date() })];
  const { task, lines } = shownBy(aCatalogue([aCampaign(1), ...closed, aCampaign(4, { orgId: null })]));
  await task.run();
  expect(await lines()).toEqual([
    'groundswell_campaign_supporters{campaign_id="4",campaign_name="c4",org_id="",org="",service="stats-service"} 0',
    'groundswell_campaign_supporters{campaign_id="1",campaign_name="c1",org_id="7",org="greens",service="stats-service"} 23',
  ]);
});

it('shows the newest where there are many, and forgets what no look renews', async () => {
  const many = Array.from({ length: mostCampaigns + 1 }, (_, at) => aCampaign(at + 10));
  const { task, lines } = shownBy(aCatalogue(many), 50);
  // A machine that stalls forgets them at once: then once more.
  const shown = await waitFor(async () => {
    await task.run();
    const found = await lines();
    return found.length > 0 && found;
  });
  expect([shown.length, shown.some((line) => line.includes('campaign_id="10"'))]).toEqual([mostCampaigns, false]);
  await waitFor(async () => (await lines()).length === 0);
});
