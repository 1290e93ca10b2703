/** Counters of one campaign as its actions give them, without extra supporters (processing.md §9.1). */
export interface CampaignCounters {
  /** Distinct supporters by id of the org that owns the page. */
  byOrg: ReadonlyMap<number, number>;
  byArea: ReadonlyMap<string, number>;
  byType: ReadonlyMap<string, number>;
  byPage: ReadonlyMap<number, PageCounters>;
}

export interface PageCounters {
  supporters: number;
  byType: ReadonlyMap<string, number>;
}

export const noCounters: CampaignCounters = {
  byOrg: new Map(),
  byArea: new Map(),
  byType: new Map(),
  byPage: new Map(),
};
