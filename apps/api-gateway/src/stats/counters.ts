/** Counters of one campaign as its actions give them, without extra supporters (processing.md §9.1). */
export interface CampaignCounters {
  /** Of the last change of this campaign, over all campaigns; rises with each. 0 when nothing was counted for it yet. */
  version: number;
  /** Distinct supporters by id of the org that owns the page. */
  byOrg: ReadonlyMap<number, number>;
  byArea: ReadonlyMap<string, number>;
  byType: ReadonlyMap<string, number>;
  byPage: ReadonlyMap<number, PageCounters>;
  /** Of pages on which there ever was an action, whatever became of it. */
  activity: ReadonlyMap<number, PageActivity>;
}

export interface PageCounters {
  supporters: number;
  byType: ReadonlyMap<string, number>;
}

export interface PageActivity {
  lastActionAt: Date;
  /** Where the widget last ran; null when no action said. */
  location: string | null;
}

export const noCounters: CampaignCounters = {
  version: 0,
  byOrg: new Map(),
  byArea: new Map(),
  byType: new Map(),
  byPage: new Map(),
  activity: new Map(),
};

/** Counters of one campaign while they are put together from what was read. */
export class CountersBuilder implements CampaignCounters {
  version = 0;
  readonly byOrg = new Map<number, number>();
  readonly byArea = new Map<string, number>();
  readonly byType = new Map<string, number>();
  readonly byPage = new Map<number, { supporters: number; byType: Map<string, number> }>();
  readonly activity = new Map<number, PageActivity>();

  page(id: number): { supporters: number; byType: Map<string, number> } {
    let page = this.byPage.get(id);
    if (!page) this.byPage.set(id, (page = { supporters: 0, byType: new Map() }));
    return page;
  }
}
