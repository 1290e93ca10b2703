import type { Database } from '@groundswell/persistence';
import { statsCounterKinds } from '@groundswell/contracts';
import { CountersBuilder, type CampaignCounters } from './counters';

interface Row {
  isCounted: boolean;
  campaigns: [campaignId: number, version: number][];
  counters: [campaignId: number, kind: number, id: number, name: string, count: number][];
  pages: [pageId: number, campaignId: number, lastActionMs: number, location: string | null][];
}

/** All by primary key, so it costs the same however many actions there are. */
const storedSql = `
select (select counted_at is not null from stats.state) as "isCounted",
       coalesce((select json_agg(json_build_array(campaign_id, version))
                   from stats.campaigns where campaign_id = any($1::bigint[])), '[]') as campaigns,
       coalesce((select json_agg(json_build_array(campaign_id, kind, id, name, count))
                   from stats.counters where campaign_id = any($1::bigint[])), '[]') as counters,
       coalesce((select json_agg(json_build_array(page_id, campaign_id,
                                                  (extract(epoch from last_action_at) * 1000)::bigint, location))
                   from stats.pages where page_id = any($2::bigint[])), '[]') as pages`;

/** Counters as stats-service stores them. */
export class StoredCountersReadModel {
  constructor(
    private readonly database: Database,
    private readonly pagesOf: (campaignId: number) => number[],
  ) {}

  /** Campaigns without a counted action are left out; null when nothing was ever counted. */
  async of(campaignIds: number[]): Promise<Map<number, CampaignCounters> | null> {
    const [row] = await this.database.query<Row>(storedSql, [campaignIds, campaignIds.flatMap(this.pagesOf)]);
    return row?.isCounted ? countersOf(row) : null;
  }
}

function countersOf({ campaigns, counters, pages }: Row): Map<number, CampaignCounters> {
  const found = new Map<number, CountersBuilder>();
  for (const [campaignId, version] of campaigns) {
    const building = new CountersBuilder();
    building.version = version;
    found.set(campaignId, building);
  }
  for (const [campaignId, kind, id, name, count] of counters) {
    const building = found.get(campaignId);
    if (building && count !== 0) addCounter(building, kind, id, name, count);
  }
  for (const [pageId, campaignId, lastActionMs, location] of pages) {
    found.get(campaignId)?.activity.set(pageId, { lastActionAt: new Date(lastActionMs), location });
  }
  return found;
}

function addCounter(building: CountersBuilder, kind: number, id: number, name: string, count: number): void {
  switch (kind) {
    case statsCounterKinds.org:
      building.byOrg.set(id, count);
      return;
    case statsCounterKinds.area:
      building.byArea.set(name, count);
      return;
    case statsCounterKinds.actionType:
      building.byType.set(name, count);
      return;
    case statsCounterKinds.page:
      building.page(id).supporters = count;
      return;
    case statsCounterKinds.pageActionType:
      building.page(id).byType.set(name, count);
  }
}
