import type { Database } from '@groundswell/persistence';
import type { CampaignCounters } from './counters';

interface Row {
  campaignId: number;
  kind: 'org' | 'area' | 'type' | 'page' | 'pageType';
  /** Id of an org or page; null for the other kinds. */
  id: number | null;
  /** Area or action type. */
  name: string | null;
  count: number;
}

/**
 * All counters of any set of campaigns in one statement (processing.md §9.1). A counted action is accepted or
 * delivered and not testing; a counted pair adds a supporter who is accepted with rank 0.
 */
const countersSql = `
with counted as materialized (
  select a.campaign_id, a.action_page_id, a.action_type, s.id as supporter_id, s.fingerprint, s.area
    from actions.actions a
    left join actions.supporters s
           on s.id = a.supporter_id and s.processing_status = 3 and s.dupe_rank = 0
   where a.campaign_id = any($1::bigint[]) and a.processing_status in (3, 4) and not a.testing),
pairs as materialized (
  select c.campaign_id, c.action_page_id, p.org_id, c.fingerprint, max(c.supporter_id) as supporter_id
    from counted c join catalog.action_pages p on p.id = c.action_page_id
   where c.supporter_id is not null
   group by 1, 2, 3, 4),
latest as (
  select distinct on (c.campaign_id, c.fingerprint) c.campaign_id, c.area
    from counted c where c.supporter_id is not null
   order by c.campaign_id, c.fingerprint, c.supporter_id desc),
types as (
  select campaign_id, action_page_id, action_type, count(*) as actions from counted group by 1, 2, 3)
select campaign_id as "campaignId", 'org' as kind, org_id as id, null as name, count(distinct fingerprint)::int as count
  from pairs group by 1, 3
union all
select campaign_id, 'area', null, area, count(*)::int from latest where area is not null group by 1, 4
union all
select campaign_id, 'type', null, action_type, sum(actions)::int from types group by 1, 4
union all
select campaign_id, 'page', action_page_id, null, count(*)::int from pairs group by 1, 3
union all
select campaign_id, 'pageType', action_page_id, action_type, actions::int from types`;

export class CountersReadModel {
  constructor(private readonly database: Database) {}

  /** Campaigns without a counted action are left out. */
  async of(campaignIds: number[]): Promise<Map<number, CampaignCounters>> {
    const rows = await this.database.query<Row>(countersSql, [campaignIds]);
    const counters = new Map<number, Building>();
    for (const row of rows) {
      let building = counters.get(row.campaignId);
      if (!building) counters.set(row.campaignId, (building = newBuilding()));
      add(building, row);
    }
    return counters;
  }
}

type Building = ReturnType<typeof newBuilding>;
const newBuilding = () => ({
  byOrg: new Map<number, number>(),
  byArea: new Map<string, number>(),
  byType: new Map<string, number>(),
  byPage: new Map<number, { supporters: number; byType: Map<string, number> }>(),
});

function add(building: Building, { kind, id, name, count }: Row): void {
  if (kind === 'org') building.byOrg.set(id ?? 0, count);
  else if (kind === 'area') building.byArea.set(name ?? '', count);
  else if (kind === 'type') building.byType.set(name ?? '', count);
  else {
    const page = building.byPage.get(id ?? 0) ?? { supporters: 0, byType: new Map<string, number>() };
    building.byPage.set(id ?? 0, page);
    if (kind === 'page') page.supporters = count;
    else page.byType.set(name ?? '', count);
  }
}
