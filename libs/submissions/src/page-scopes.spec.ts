import { aCampaign, anOrg, aPage } from './fake.page-scope';
import { PageScopes } from './page-scopes';

const gone = new Date(0);
const lookUp = <Row extends { id: number }>(...rows: Row[]) => ({
  get: (id: number | string) => rows.find((row) => row.id === id),
});

const scopesOf = ({ page = aPage(), campaign = aCampaign(), orgs = [anOrg()], mttOf = 0 } = {}) =>
  new PageScopes({
    pages: lookUp(page),
    campaigns: lookUp(campaign),
    orgs: lookUp(...orgs),
    mttOf: (id: number) => (id === mttOf ? { id: 1, campaignId: id, startAt: gone, endAt: gone } : undefined),
    isTargetOf: (campaignId: number, targetId: string) => campaignId === 3 && targetId === 't',
  } as never);

it('finds a page with its campaign, collector and lead', () => {
  const lead = anOrg({ id: 8 });
  const scope = scopesOf({ campaign: aCampaign({ orgId: 8 }), orgs: [anOrg(), lead], mttOf: 3 }).find(5);
  expect(scope).toMatchObject({ page: { id: 5 }, campaign: { id: 3 }, collector: { id: 7 }, lead: { id: 8 } });
  expect(scope?.hasMtt).toBe(true);
  expect([scope?.isTarget('t'), scope?.isTarget('u')]).toEqual([true, false]);
});

it.each([
  ['page', { page: aPage({ deletedAt: gone }) }],
  ['campaign', { campaign: aCampaign({ deletedAt: gone }) }],
  ['org', { orgs: [anOrg({ deletedAt: gone })] }],
  ['page that never was', { page: aPage({ id: 6 }) }],
])('does not know a page without its %s', (_what, rows) => {
  expect(scopesOf(rows).find(5)).toBeNull();
});

it('knows a page whose lead is gone, without lead', () => {
  const orgs = [anOrg(), anOrg({ id: 8, deletedAt: gone })];
  expect(scopesOf({ campaign: aCampaign({ orgId: 8 }), orgs }).find(5)?.lead).toBeNull();
  expect(scopesOf({ campaign: aCampaign({ orgId: null }) }).find(5)?.lead).toBeNull();
});
