import { statsKeysOf } from '@groundswell/contracts';
import { Catalogue, Database, type CatalogueCampaign, type CataloguePage } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { RateLimiter } from '../rate-limits/rate-limiter';
import type { CampaignCounters, PageActivity } from './counters';
import { KeptCounters } from './kept-counters';
import { RecountedCountersReadModel } from './recounted-counters.read-model';
import { RedisCountersMirror } from './redis.counters-mirror';
import { StoredCountersReadModel } from './stored-counters.read-model';

export interface TypeCount {
  actionType: string;
  count: number;
}

/** Sum of the figures below `byOrg`, which has the extra supporters of each org's pages. */
export interface CampaignFigures {
  supporterCount: number;
  byOrg: ReadonlyMap<number, number>;
  supporterCountByArea: { area: string; count: number }[];
  actionCount: TypeCount[];
}

export interface PageFigures {
  supporterCount: number;
  actionCount: TypeCount[];
}

/** Counters as stats-service keeps them, recounted here until it has counted once; extra supporters come from the catalogue. */
@Injectable()
export class StatsReader {
  private readonly counters: KeptCounters;

  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly catalogue: Catalogue,
    database: Database,
    limiter: RateLimiter,
    @Inject(CATALOGUE_SURROUNDINGS) { settings }: CatalogueSurroundings,
  ) {
    const pagesOf = (id: number): number[] => this.catalogue.pagesOfCampaign(id).map((page) => page.id);
    const stored = new StoredCountersReadModel(database, pagesOf);
    const recounted = new RecountedCountersReadModel(database, pagesOf);
    this.counters = new KeptCounters(
      new RedisCountersMirror(limiter.redis, statsKeysOf(databaseOf(settings.databaseUrl))),
      async (ids) => (await stored.of(ids)) ?? recounted.of(ids),
      settings.statsCacheMs,
    );
  }

  async ofCampaign({ id }: Pick<CatalogueCampaign, 'id'>): Promise<CampaignFigures> {
    const counters = await this.counters.of(id);
    const byOrg = this.withExtras(id, counters);
    return {
      supporterCount: sum(byOrg.values()),
      byOrg,
      supporterCountByArea: largestFirst(counters.byArea).map(([area, count]) => ({ area, count })),
      actionCount: typeCounts(counters.byType),
    };
  }

  async ofPage({ id, campaignId }: CataloguePage): Promise<PageFigures> {
    const page = (await this.counters.of(campaignId)).byPage.get(id);
    return { supporterCount: page?.supporters ?? 0, actionCount: typeCounts(page?.byType ?? new Map()) };
  }

  /** When and where it was last used, testing included (processing.md §10, page status); null for never. */
  async activityOfPage({ id, campaignId }: CataloguePage): Promise<PageActivity | null> {
    return (await this.counters.of(campaignId)).activity.get(id) ?? null;
  }

  private withExtras(campaignId: number, { byOrg }: CampaignCounters): Map<number, number> {
    const sums = new Map(byOrg);
    for (const { orgId, extraSupporters } of this.lookup.pagesOfCampaign(campaignId)) {
      if (extraSupporters > 0) sums.set(orgId, (sums.get(orgId) ?? 0) + extraSupporters);
    }
    return sums;
  }
}

const databaseOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));

const sum = (numbers: Iterable<number>): number => {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
};

const typeCounts = (byType: ReadonlyMap<string, number>): TypeCount[] =>
  largestFirst(byType).map(([actionType, count]) => ({ actionType, count }));

const largestFirst = (counts: ReadonlyMap<string, number>): [string, number][] =>
  [...counts].sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1));
