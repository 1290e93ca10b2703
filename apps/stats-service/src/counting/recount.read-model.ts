import type { EntityManager } from 'typeorm';
import { statsCounterKinds, type StatsCounterKind } from '@groundswell/contracts';
import { countersRecountSql, int8Array, pageActivitySql, type CounterRecountRow } from '@groundswell/persistence';
import type { Figure } from '../figures/figure-sums';
import type { PageActivity } from '../figures/figures.repository';

const kinds: Record<CounterRecountRow['kind'], StatsCounterKind> = {
  org: statsCounterKinds.org,
  area: statsCounterKinds.area,
  type: statsCounterKinds.actionType,
  page: statsCounterKinds.page,
  pageType: statsCounterKinds.pageActionType,
};

/** Of actions older than this a page's status takes no notice (processing.md §10). */
const activityMs = 366 * 86_400_000;

/** Figures as the actions themselves give them. */
export class RecountReadModel {
  constructor(private readonly manager: EntityManager) {}

  async figuresOf(campaignIds: readonly number[]): Promise<Figure[]> {
    const rows: CounterRecountRow[] = await this.manager.query(countersRecountSql, [int8Array(campaignIds)]);
    return rows.map(({ campaignId, kind, id, name, count }) => ({
      campaignId,
      kind: kinds[kind],
      id: id ?? 0,
      name: name ?? '',
      count,
    }));
  }

  /** Campaigns with actions, from the index alone. */
  async campaignsWithActions(): Promise<number[]> {
    const rows: { id: number }[] = await this.manager.query(
      `with recursive found as (
         (select campaign_id as id from actions.actions where campaign_id is not null order by 1 limit 1)
         union all
         select (select a.campaign_id from actions.actions a where a.campaign_id > found.id order by 1 limit 1)
           from found where found.id is not null)
       select id from found where id is not null`,
    );
    return rows.map(({ id }) => id);
  }

  async pages(): Promise<{ id: number; campaignId: number }[]> {
    return this.manager.query('select id, campaign_id as "campaignId" from catalog.action_pages order by id');
  }

  async activityOf(pages: readonly { id: number; campaignId: number }[]): Promise<PageActivity[]> {
    const campaigns = new Map(pages.map(({ id, campaignId }) => [id, campaignId]));
    const rows: Omit<PageActivity, 'campaignId'>[] = await this.manager.query(pageActivitySql, [
      int8Array([...campaigns.keys()]),
    ]);
    const since = Date.now() - activityMs;
    return rows
      .filter(({ lastActionAt }) => lastActionAt.getTime() > since)
      .map((row) => ({ ...row, campaignId: campaigns.get(row.pageId) ?? 0 }));
  }
}
