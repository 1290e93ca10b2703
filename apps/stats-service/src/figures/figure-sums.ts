import { statsCounterKinds, type CampaignDeltaV1, type StatsCounterKind } from '@groundswell/contracts';

/** One counter of one campaign: of an org, an area, an action type, a page, or an action type on a page. */
export interface Figure {
  campaignId: number;
  kind: StatsCounterKind;
  /** Of the org or page; 0 for the others. */
  id: number;
  /** The area or action type; empty for the others. */
  name: string;
  count: number;
}

/** Counters that are added up, by campaign. */
export class FigureSums {
  private readonly campaigns = new Map<number, Map<string, Figure>>();

  /** Campaigns named here, those whose figures are all zero too. */
  get campaignIds(): number[] {
    return [...this.campaigns.keys()];
  }

  add({ campaignId, kind, id, name, count }: Figure, times = 1): void {
    const figures = this.figuresOf(campaignId);
    const key = keyOf({ kind, id, name });
    const figure = figures.get(key);
    if (figure) figure.count += count * times;
    else figures.set(key, { campaignId, kind, id, name, count: count * times });
  }

  has({ campaignId, ...figure }: Omit<Figure, 'count'>): boolean {
    return this.campaigns.get(campaignId)?.has(keyOf(figure)) ?? false;
  }

  addAll(figures: Iterable<Figure>, times = 1): this {
    for (const figure of figures) this.add(figure, times);
    return this;
  }

  addDelta({ campaignId, byOrg, byArea, byPage, actionCount, pageActionCount }: CampaignDeltaV1, times = 1): void {
    const { org, area, actionType, page, pageActionType } = statsCounterKinds;
    const add = (kind: StatsCounterKind, id: number, name: string, count: number) =>
      this.add({ campaignId, kind, id, name, count }, times);
    this.figuresOf(campaignId);
    for (const [id, count] of Object.entries(byOrg)) add(org, Number(id), '', count);
    for (const [name, count] of Object.entries(byArea)) add(area, 0, name, count);
    for (const [name, count] of Object.entries(actionCount)) add(actionType, 0, name, count);
    for (const [id, count] of Object.entries(byPage)) add(page, Number(id), '', count);
    for (const [id, counts] of Object.entries(pageActionCount)) {
      for (const [name, count] of Object.entries(counts)) add(pageActionType, Number(id), name, count);
    }
  }

  nonZero(): Figure[] {
    return [...this].filter(({ count }) => count !== 0);
  }

  *[Symbol.iterator](): Generator<Figure> {
    for (const figures of this.campaigns.values()) yield* figures.values();
  }

  private figuresOf(campaignId: number): Map<string, Figure> {
    let figures = this.campaigns.get(campaignId);
    if (!figures) this.campaigns.set(campaignId, (figures = new Map<string, Figure>()));
    return figures;
  }
}

const keyOf = ({ kind, id, name }: Pick<Figure, 'kind' | 'id' | 'name'>): string => `${kind}:${id}:${name}`;
