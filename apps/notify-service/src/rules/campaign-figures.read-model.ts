import type { EntityManager } from 'typeorm';
import { statsCounterKinds } from '@groundswell/contracts';
import type { Catalogue } from '@groundswell/persistence';
import type { Rule } from './rule';

/** Figures of a campaign as the public sees them (processing.md §9.1). */
export interface CampaignFigures {
  supporters: number;
  actions: Record<string, number>;
}

const none: CampaignFigures = { supporters: 0, actions: {} };

/** Counters as stats-service stores them: by primary key, however many actions there are. */
export class CampaignFiguresReadModel {
  constructor(
    private readonly manager: EntityManager,
    private readonly catalogue: Pick<Catalogue, 'pagesOfCampaign'>,
  ) {}

  /** Of each campaign asked for; null while nothing was ever counted. */
  async of(campaignIds: readonly number[]): Promise<Map<number, CampaignFigures> | null> {
    const [state]: { isCounted: boolean }[] = await this.manager.query(
      'select counted_at is not null as "isCounted" from stats.state',
    );
    if (!state?.isCounted) return null;
    const rows: (CampaignFigures & { campaignId: number })[] = await this.manager.query(
      `select campaign_id::int8 as "campaignId", coalesce(sum(count) filter (where kind = $2), 0)::int8 as supporters,
              coalesce(json_object_agg(name, count) filter (where kind = $3), '{}') as actions
         from stats.counters where campaign_id = any($1::bigint[]) and kind in ($2, $3) group by campaign_id`,
      [campaignIds, statsCounterKinds.org, statsCounterKinds.actionType],
    );
    const counted = new Map(rows.map((row) => [row.campaignId, row]));
    return new Map(campaignIds.map((id) => [id, this.withExtras(id, counted.get(id) ?? none)]));
  }

  private withExtras(campaignId: number, { supporters, actions }: CampaignFigures): CampaignFigures {
    const extras = this.catalogue
      .pagesOfCampaign(campaignId)
      .map(({ extraSupporters }) => Math.max(0, extraSupporters));
    return { supporters: supporters + sum(extras), actions };
  }
}

/** What a goal or milestone is measured by. */
export function figureOf({ supporters, actions }: CampaignFigures, { settings }: Pick<Rule, 'settings'>): number {
  const { figure, actionType } = settings;
  if (figure !== 'actions') return supporters;
  if (actionType) return Object.hasOwn(actions, actionType) ? (actions[actionType] ?? 0) : 0;
  return sum(Object.values(actions));
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
