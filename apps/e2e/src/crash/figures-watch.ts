import type { ApiClient } from '../api-client';
import type { Bounds } from './stats-crowd';

export interface ShownFigures {
  supporterCount: number;
  byOrg: Record<string, number>;
  byArea: Record<string, number>;
  byType: Record<string, number>;
}

const query = `query ($id: Int) { campaign(id: $id) { stats {
  supporterCount supporterCountByOrg { org { name } count } supporterCountByArea { area count }
  actionCount { actionType count } } } }`;

interface Answer {
  campaign: {
    stats: {
      supporterCount: number;
      supporterCountByOrg: { org: { name: string }; count: number }[];
      supporterCountByArea: { area: string; count: number }[];
      actionCount: { actionType: string; count: number }[];
    };
  };
}

/** What a gateway says of a campaign to anybody. */
export async function shownBy(gateway: ApiClient, campaignId: number): Promise<ShownFigures> {
  const { campaign } = await gateway.data<Answer>(query, { id: campaignId });
  const { supporterCount, supporterCountByOrg, supporterCountByArea, actionCount } = campaign.stats;
  return {
    supporterCount,
    byOrg: Object.fromEntries(supporterCountByOrg.map(({ org, count }) => [org.name, count])),
    byArea: Object.fromEntries(supporterCountByArea.map(({ area, count }) => [area, count])),
    byType: Object.fromEntries(actionCount.map(({ actionType, count }) => [actionType, count])),
  };
}

/**
 * Reads the public figure of campaigns all the time. It may never be more than who may count, and never less than it was,
 * but for those who took their signature back since.
 */
export class FiguresWatch {
  readonly wrong: string[] = [];
  looks = 0;
  /** The longest it took to answer, ms. */
  slowestMs = 0;
  private readonly highest = new Map<number, number>();
  private readonly rejectionsAtRest = new Map<number, number>();
  private isStopped = false;
  private watching: Promise<void> = Promise.resolve();

  constructor(
    private readonly gateway: () => ApiClient,
    private readonly campaignIds: readonly number[],
    private readonly boundsOf: (campaignId: number) => Bounds,
  ) {}

  start(): void {
    this.watching = this.watch();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.watching;
  }

  /** Everything asked for so far is counted: from now on figures fall by what is asked for from now on. */
  rest(figures: ReadonlyMap<number, number>): void {
    for (const [id, shown] of figures) {
      this.highest.set(id, shown);
      this.rejectionsAtRest.set(id, this.boundsOf(id).rejections);
    }
  }

  private async watch(): Promise<void> {
    while (!this.isStopped) {
      for (const id of this.campaignIds) await this.look(id);
    }
  }

  private async look(id: number): Promise<void> {
    const startedAt = performance.now();
    const atRest = this.rejectionsAtRest.get(id) ?? 0;
    const before = this.highest.get(id) ?? 0;
    try {
      const { supporterCount: shown } = await shownBy(this.gateway(), id);
      const { most, rejections } = this.boundsOf(id);
      if (shown > most) this.wrong.push(`campaign ${id}: ${shown} shown, ${most} may count`);
      const least = before - (rejections - atRest);
      if (shown < least) this.wrong.push(`campaign ${id}: ${shown} shown after ${before}, ${rejections - atRest} left`);
      if ((this.rejectionsAtRest.get(id) ?? 0) === atRest) {
        this.highest.set(id, Math.max(shown, this.highest.get(id) ?? 0));
      }
    } catch (error) {
      this.wrong.push(`campaign ${id}: no answer: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.looks += 1;
    this.slowestMs = Math.max(this.slowestMs, performance.now() - startedAt);
  }
}
