import { countersRecountSql, pageActivitySql, type CounterRecountRow, type Database } from '@groundswell/persistence';
import { CountersBuilder, type CampaignCounters, type PageActivity } from './counters';

/** Counters by a look at all actions of the campaigns: until stats-service has counted for the first time. */
export class RecountedCountersReadModel {
  constructor(
    private readonly database: Database,
    private readonly pagesOf: (campaignId: number) => number[],
  ) {}

  /** Campaigns without an action are left out. */
  async of(campaignIds: number[]): Promise<Map<number, CampaignCounters>> {
    const places = new Map(campaignIds.flatMap((id) => this.pagesOf(id).map((pageId) => [pageId, id] as const)));
    const rows = await this.database.query<CounterRecountRow>(countersRecountSql, [campaignIds]);
    const pages = await this.database.query<PageActivity & { pageId: number }>(pageActivitySql, [[...places.keys()]]);
    const found = new Map<number, CountersBuilder>();
    const building = (campaignId: number): CountersBuilder => {
      let counters = found.get(campaignId);
      if (!counters) found.set(campaignId, (counters = new CountersBuilder()));
      return counters;
    };
    for (const row of rows) addRow(building(row.campaignId), row);
    for (const { pageId, lastActionAt, location } of pages) {
      building(places.get(pageId) ?? 0).activity.set(pageId, { lastActionAt, location });
    }
    return found;
  }
}

function addRow(building: CountersBuilder, { kind, id, name, count }: CounterRecountRow): void {
  if (kind === 'org') building.byOrg.set(id ?? 0, count);
  else if (kind === 'area') building.byArea.set(name ?? '', count);
  else if (kind === 'type') building.byType.set(name ?? '', count);
  else if (kind === 'page') building.page(id ?? 0).supporters = count;
  else building.page(id ?? 0).byType.set(name ?? '', count);
}
