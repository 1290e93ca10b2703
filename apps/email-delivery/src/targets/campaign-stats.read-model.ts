import { statsCounterKinds as kinds } from '@groundswell/contracts';
import type { Catalogue, Database } from '@groundswell/persistence';
import { BoundedCache } from '../templates/bounded-cache';
import type { TargetMailStats } from './target-variables';

export interface StatsQuery {
  campaignId: number;
  /** Of the page. */
  orgId: number;
  /** Of the supporter. */
  area: string | null;
}

/** Mails of one batch share what was read, ms. */
const keptMs = 5_000;

/** The counters of stats-service (processing.md §9) as templates show them. */
export class CampaignStatsReadModel {
  private readonly kept = new BoundedCache<string, { stats: Promise<TargetMailStats>; until: number }>({
    maxEntries: 500,
    maxChars: Number.MAX_SAFE_INTEGER,
  });

  constructor(
    private readonly database: Pick<Database, 'query'>,
    private readonly catalogue: Pick<Catalogue, 'pagesOfCampaign'>,
  ) {}

  find(query: StatsQuery): Promise<TargetMailStats> {
    const key = JSON.stringify([query.campaignId, query.orgId, query.area]);
    const known = this.kept.get(key);
    if (known && performance.now() < known.until) return known.stats;
    const stats = this.read(query);
    this.kept.set(key, { stats, until: performance.now() + keptMs }, key.length);
    stats.catch(() => this.kept.delete(key));
    return stats;
  }

  private async read({ campaignId, orgId, area }: StatsQuery): Promise<TargetMailStats> {
    const rows = await this.database.query<{ kind: number; id: number; name: string; count: number }>(
      `select kind, id::float8 as id, name, count::float8 as count from stats.counters
        where campaign_id = $1 and (kind = any($2::smallint[]) or (kind = $3 and name = $4))`,
      [campaignId, [kinds.org, kinds.actionType], kinds.area, area],
    );
    const pages = this.catalogue.pagesOfCampaign(campaignId);
    const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
    const orgs = rows.filter(({ kind }) => kind === kinds.org);
    const counted = (of: typeof rows): number => sum(of.map(({ count }) => count));
    return {
      supporterCount: counted(orgs) + sum(pages.map(({ extraSupporters }) => extraSupporters)),
      supporterCountByOrg:
        counted(orgs.filter(({ id }) => id === orgId)) +
        sum(pages.filter((page) => page.orgId === orgId).map(({ extraSupporters }) => extraSupporters)),
      supporterCountByArea: counted(rows.filter(({ kind }) => kind === kinds.area)),
      actionCount: Object.fromEntries(
        rows.filter(({ kind }) => kind === kinds.actionType).map(({ name, count }) => [name, count]),
      ),
    };
  }
}
