import { Database, type CatalogueCampaign, type CataloguePage } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CountersReadModel } from './counters.read-model';
import { KeptCounters } from './kept-counters';

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

/** Counters by SQL until stats-service has them; extra supporters come from the catalogue. */
@Injectable()
export class StatsReader {
  private readonly counters: KeptCounters;

  constructor(
    private readonly lookup: CatalogueLookup,
    database: Database,
    @Inject(CATALOGUE_SURROUNDINGS) { settings }: CatalogueSurroundings,
  ) {
    const readModel = new CountersReadModel(database);
    this.counters = new KeptCounters((campaignIds) => readModel.of(campaignIds), settings.statsCacheMs);
  }

  async ofCampaign({ id }: CatalogueCampaign): Promise<CampaignFigures> {
    const counters = await this.counters.of(id);
    const byOrg = new Map(counters.byOrg);
    for (const { orgId, extraSupporters } of this.lookup.pagesOfCampaign(id)) {
      if (extraSupporters > 0) byOrg.set(orgId, (byOrg.get(orgId) ?? 0) + extraSupporters);
    }
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
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0);

const typeCounts = (byType: ReadonlyMap<string, number>): TypeCount[] =>
  largestFirst(byType).map(([actionType, count]) => ({ actionType, count }));

const largestFirst = (counts: ReadonlyMap<string, number>): [string, number][] =>
  [...counts].sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1));
