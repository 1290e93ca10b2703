import type { EntityManager } from 'typeorm';
import type { Catalogue } from '@groundswell/persistence';
import { CampaignFiguresReadModel, figureOf, type CampaignFigures } from './campaign-figures.read-model';
import { reachedValues } from './reached-values';
import type { NewFiring, Rule } from './rule';
import type { RulePage } from './rule-book';
import type { RuleFirer } from './rule-firer';
import { RuleRepository } from './rule.repository';

interface Seen {
  ruleId: number;
  campaignId: number;
  seen: number;
}

/** A figure above what its rule has dealt with. */
interface News {
  rule: Rule;
  campaignId: number;
  seen: number;
  count: number;
}

type Known = Pick<Catalogue, 'campaigns' | 'campaignsLedBy' | 'pagesOfCampaign'>;

/**
 * Goals and milestones: a rule fires once for each value, and for those only that are reached after it was made. What it has
 * dealt with is in the table, so it does not matter how often or by whom the figures are looked at.
 */
export class CounterWatch {
  constructor(
    private readonly catalogue: Known,
    private readonly firer: Pick<RuleFirer, 'fire' | 'mayFire'>,
  ) {}

  /**
   * Of these campaigns, or of all. How many fired. What is new is looked at again once its rules are held: one that was changed
   * meanwhile counts anew, by another measure.
   */
  async check(manager: EntityManager, page: RulePage, campaignIds: ReadonlySet<number> | null): Promise<number> {
    const news = await this.news(manager, page.of('goal', 'milestone'), campaignIds);
    if (news.length === 0) return 0;
    const rules = await new RuleRepository(manager).holdEnabled([...new Set(news.map(({ rule }) => rule.id))]);
    const held = await this.news(manager, rules, campaignIds);
    const fired = await this.firer.fire(
      manager,
      held.flatMap((one) => this.firings(one)),
    );
    await this.note(
      manager,
      held.map(({ rule, campaignId, count }) => ({ ruleId: rule.id, campaignId, seen: count })),
    );
    return fired;
  }

  private async news(
    manager: EntityManager,
    rules: readonly Rule[],
    campaignIds: ReadonlySet<number> | null,
  ): Promise<News[]> {
    const pairs = rules
      .flatMap((rule) => this.campaignsOf(rule).map((campaignId) => ({ rule, campaignId })))
      .filter(({ campaignId }) => campaignIds === null || campaignIds.has(campaignId));
    if (pairs.length === 0) return [];
    const figures = await this.figures(manager, [...new Set(pairs.map(({ campaignId }) => campaignId))]);
    if (!figures) return [];
    const known = await this.known(manager, [...new Set(pairs.map(({ rule }) => rule.id))]);
    return pairs.flatMap(({ rule, campaignId }) => {
      const seen = known.get(`${rule.id}:${campaignId}`) ?? 0;
      const count = figureOf(figures.get(campaignId) ?? { supporters: 0, actions: {} }, rule);
      return count > seen ? [{ rule, campaignId, seen, count }] : [];
    });
  }

  /** A rule begins with the figures as they are. False while there are none. */
  async begin(manager: EntityManager, rule: Rule): Promise<boolean> {
    await manager.query('delete from notify.rule_counters where rule_id = $1', [rule.id]);
    const campaignIds = this.campaignsOf(rule);
    const figures = await this.figures(manager, campaignIds);
    if (!figures) return false;
    const seen = [...figures].map(([campaignId, of]) => ({ ruleId: rule.id, campaignId, seen: figureOf(of, rule) }));
    await this.note(manager, seen);
    return true;
  }

  private firings({ rule, campaignId, seen, count }: News): NewFiring[] {
    const { figure = 'supporters', actionType = null } = rule.settings;
    return reachedValues(rule, seen, count)
      .map((value) => ({
        ruleId: rule.id,
        subject: `value:${campaignId}:${value}`,
        subjectId: campaignId,
        campaignId,
        fields: { campaignId, figure, actionType, value, count },
      }))
      .filter(({ fields }) => this.firer.mayFire(rule, fields));
  }

  private campaignsOf({ orgId, campaignId }: Rule): number[] {
    if (campaignId !== null) return this.catalogue.campaigns.get(campaignId) ? [campaignId] : [];
    return this.catalogue.campaignsLedBy(orgId).map(({ id }) => id);
  }

  private figures(
    manager: EntityManager,
    campaignIds: readonly number[],
  ): Promise<Map<number, CampaignFigures> | null> {
    return new CampaignFiguresReadModel(manager, this.catalogue).of(campaignIds);
  }

  private async known(manager: EntityManager, ruleIds: readonly number[]): Promise<Map<string, number>> {
    const rows: Seen[] = await manager.query(
      `select rule_id::int8 as "ruleId", campaign_id::int8 as "campaignId", seen::int8 as seen
         from notify.rule_counters where rule_id = any($1::bigint[])`,
      [ruleIds],
    );
    return new Map(rows.map(({ ruleId, campaignId, seen }) => [`${ruleId}:${campaignId}`, seen]));
  }

  /** Of rules that are still there. */
  private async note(manager: EntityManager, seen: readonly Seen[]): Promise<void> {
    if (seen.length === 0) return;
    await manager.query(
      `insert into notify.rule_counters as c (rule_id, campaign_id, seen)
       select s.rule_id, s.campaign_id, s.seen
         from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as s (rule_id, campaign_id, seen)
         join notify.rules r on r.id = s.rule_id
        order by 1, 2
       on conflict (rule_id, campaign_id) do update set seen = greatest(c.seen, excluded.seen)`,
      [seen.map(({ ruleId }) => ruleId), seen.map(({ campaignId }) => campaignId), seen.map((one) => one.seen)],
    );
  }
}
