import { createHash } from 'node:crypto';
import { Database } from '@groundswell/persistence';
import type { TestDatabase } from '@groundswell/testing';
import { AdminGateway, withDatabase } from './admin.fixture';

let database: TestDatabase;
let gateway: AdminGateway;
let lead: { id: number; name: string; token: string; userId: number };
let partner: typeof lead;

beforeAll(async () => {
  database = await withDatabase();
  gateway = await AdminGateway.start(database);
  lead = await gateway.addOrg();
  partner = await gateway.addOrg();
});
afterAll(async () => {
  await gateway.close();
  await database.drop();
});

interface Signing {
  who: string;
  page: { id: number };
  campaign: { id: number };
  area?: string | null;
  rank?: number | null;
  supporterStatus?: number;
  actionStatus?: number;
  testing?: boolean;
  type?: string;
}

/** A supporter with an action; answers the supporter's id. */
async function sign({ who, page, campaign, area = null, ...signing }: Signing): Promise<number> {
  const { rank = 0, supporterStatus = 3, ...action } = signing;
  const { id } = await gateway.one<{ id: number }>(
    `insert into actions.supporters (campaign_id, action_page_id, fingerprint, area, processing_status, dupe_rank)
     values ($1, $2, $3, $4, $5, $6) returning id`,
    [campaign.id, page.id, createHash('sha256').update(who).digest(), area, supporterStatus, rank],
  );
  await act(id, page, campaign, action);
  return id;
}

async function act(
  supporterId: number,
  page: { id: number },
  campaign: { id: number },
  { actionStatus = 4, testing = false, type = 'register' }: Partial<Signing> = {},
): Promise<void> {
  await gateway.owner.query(
    `insert into actions.actions (supporter_id, action_type, campaign_id, action_page_id, processing_status, testing, with_consent)
     values ($1, $2, $3, $4, $5, $6, true)`,
    [supporterId, type, campaign.id, page.id, actionStatus, testing],
  );
}

const statsOf = async (campaignId: number) => {
  const query = `query ($id: Int, $lead: String!) { campaign(id: $id) { stats { supporterCount
    supporterCountByArea { area count } supporterCountByOrg { org { name config id } count }
    supporterCountByOthers(orgName: $lead) actionCount { actionType count } } } }`;
  const { campaign } = await gateway.get<{ campaign: { stats: object } }>(query, { id: campaignId, lead: lead.name });
  return campaign.stats;
};

const countOf = (org: typeof lead, count: number) => ({ org: { name: org.name, config: '{}', id: org.id }, count });

it('a campaign without data has zero and empty lists', async () => {
  const campaign = await gateway.addCampaign(lead);
  expect(await statsOf(campaign.id)).toEqual({
    ...{
      supporterCount: 0,
      supporterCountByArea: [],
      supporterCountByOrg: [],
      supporterCountByOthers: 0,
      actionCount: [],
    },
  });
});

it('counts distinct accepted supporters per org and area, extras, and actions by type', async () => {
  const campaign = await gateway.addCampaign(lead);
  const [one, two] = [
    await gateway.addPage(lead, campaign),
    await gateway.addPage(lead, campaign, { extraSupporters: 10 }),
  ];
  const theirs = await gateway.addPage(partner, campaign);
  const at = { campaign };
  const ada = await sign({ who: 'ada', page: one, area: 'PL', ...at });
  await act(ada, two, campaign, { type: 'share' });
  await sign({ who: 'ada', page: one, area: 'DE', rank: 1, actionStatus: 5, ...at });
  await sign({ who: 'ada', page: theirs, area: 'DE', rank: 1, ...at });
  const bob = await sign({ who: 'bob', page: theirs, area: 'PL', ...at });
  await act(bob, one, campaign, { type: 'share' });
  await sign({ who: 'cy', page: one, ...at });
  await sign({ who: 'test', page: one, area: 'PL', testing: true, ...at });
  await sign({ who: 'waiting', page: one, area: 'PL', supporterStatus: 1, actionStatus: 0, rank: null, ...at });
  await sign({ who: 'rejected', page: one, supporterStatus: 2, actionStatus: 2, rank: null, ...at });
  await sign({ who: 'moderated', page: one, actionStatus: 1, ...at });
  await sign({ who: 'elsewhere', page: one, campaign: await gateway.addCampaign(lead) });

  expect(await statsOf(campaign.id)).toEqual({
    // Of the lead: ada, cy, bob by his share, 10 extras; of the partner: bob.
    supporterCount: 14,
    supporterCountByArea: [{ area: 'PL', count: 2 }],
    supporterCountByOrg: [countOf(lead, 13), countOf(partner, 1)],
    supporterCountByOthers: 1,
    actionCount: [
      { actionType: 'register', count: 4 },
      { actionType: 'share', count: 2 },
    ],
  });
  const { a, b } = await gateway.get<Record<string, { stats: object }>>(
    `query ($a: Int, $b: Int) { a: actionPage(id: $a) { stats { supporterCount actionCount { actionType count } } }
      b: actionPage(id: $b) { stats { supporterCount actionCount { actionType count } } } }`,
    { a: one.id, b: theirs.id },
  );
  expect(a?.stats).toEqual({
    supporterCount: 3,
    actionCount: [
      { actionType: 'register', count: 2 },
      { actionType: 'share', count: 1 },
    ],
  });
  expect(b?.stats).toEqual({ supporterCount: 1, actionCount: [{ actionType: 'register', count: 2 }] });
});

it('Fix: testing signatures are no supporters, of campaign, org, area and page', async () => {
  const campaign = await gateway.addCampaign(lead);
  const page = await gateway.addPage(lead, campaign);
  await sign({ who: 'tester', page, campaign, area: 'PL', testing: true });
  await sign({ who: 'real', page, campaign, area: 'DE' });
  expect(await statsOf(campaign.id)).toEqual({
    supporterCount: 1,
    supporterCountByArea: [{ area: 'DE', count: 1 }],
    supporterCountByOrg: [countOf(lead, 1)],
    supporterCountByOthers: 0,
    actionCount: [{ actionType: 'register', count: 1 }],
  });
  const query = `{ actionPage(id: ${page.id}) { stats { supporterCount actionCount { actionType count } } } }`;
  expect(await gateway.get(query)).toEqual({
    actionPage: { stats: { supporterCount: 1, actionCount: [{ actionType: 'register', count: 1 }] } },
  });
});

it('counts by the area of the latest counted supporter of a person', async () => {
  const campaign = await gateway.addCampaign(lead);
  const page = await gateway.addPage(lead, campaign);
  await sign({ who: 'eve', page, campaign, area: 'PL' });
  const other = await gateway.addCampaign(lead);
  // Rank 0 in another campaign, with a share here: the newer area counts.
  const later = await sign({ who: 'eve', page: await gateway.addPage(lead, other), campaign: other, area: 'FR' });
  await act(later, page, campaign, { type: 'share' });
  expect(await statsOf(campaign.id)).toMatchObject({
    supporterCount: 1,
    supporterCountByArea: [{ area: 'FR', count: 1 }],
  });
});

it('shows an org that only has extra supporters', async () => {
  const campaign = await gateway.addCampaign(lead);
  await gateway.addPage(partner, campaign, { extraSupporters: 3 });
  expect(await statsOf(campaign.id)).toMatchObject({
    supporterCount: 3,
    supporterCountByOrg: [countOf(partner, 3)],
    supporterCountByOthers: 3,
  });
});

it('reads any number of campaigns and pages with as many statements, also when the query is compiled', async () => {
  const statements: string[] = [];
  const db = gateway.app.get(Database);
  const query = db.query.bind(db);
  db.query = (sql: string, parameters?: unknown[]) => {
    statements.push(sql);
    return query(sql, parameters) as never;
  };
  const document = `{ campaigns(title: "%") { __typename id org { name } stats { supporterCount supporterCountByOrg { count org { __typename } } } } }`;
  for (let time = 1; time <= 3; time += 1) {
    statements.length = 0;
    const { campaigns } = await gateway.get<{ campaigns: object[] }>(document);
    expect(campaigns.length).toBeGreaterThan(4);
    // Nothing is counted yet: the tables, then a recount and the activity of pages.
    expect(statements).toHaveLength(3);
  }
  const pages =
    `{ org(name: "${lead.name}") { actionPages { status location stats { supporterCount } ... on PrivateActionPage { delivery } } } }`.replace(
      'status location',
      '... on PrivateActionPage { status location }',
    );
  for (let time = 1; time <= 3; time += 1) {
    statements.length = 0;
    await gateway.get(pages, {}, lead.token);
    expect(statements.filter((sql) => /actions\.|stats\./.test(sql))).toHaveLength(3);
  }
});
