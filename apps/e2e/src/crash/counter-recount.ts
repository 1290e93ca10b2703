import type { Pool } from 'pg';
import type { CounterDeltaV1 } from '@groundswell/contracts';

/** Figures by name, zero ones left out. */
type Figures = Record<string, number>;

/** The definitions of processing.md §9.1, counted anew. */
const recount = `
  with pairs as (
    select distinct s.fingerprint, s.id as supporter_id, s.area, a.campaign_id, a.action_page_id, p.org_id
      from actions.supporters s join actions.actions a on a.supporter_id = s.id
      join catalog.action_pages p on p.id = a.action_page_id
     where s.processing_status = 3 and s.dupe_rank = 0 and a.processing_status in (3, 4) and not a.testing),
  latest as (
    select distinct on (campaign_id, fingerprint) campaign_id, area from pairs
     order by campaign_id, fingerprint, supporter_id desc)
  select campaign_id || ' org ' || org_id as name, count(distinct fingerprint)::int as n from pairs group by campaign_id, org_id
  union all select campaign_id || ' area ' || area, count(*)::int from latest where area is not null group by campaign_id, area
  union all select campaign_id || ' page ' || action_page_id, count(distinct fingerprint)::int from pairs group by campaign_id, action_page_id
  union all select campaign_id || ' type ' || action_type, count(*)::int from actions.actions
             where processing_status in (3, 4) and not testing group by campaign_id, action_type
  union all select campaign_id || ' page ' || action_page_id || ' type ' || action_type, count(*)::int from actions.actions
             where processing_status in (3, 4) and not testing group by campaign_id, action_page_id, action_type`;

/** The counter deltas as a reader sees them: each (partition, number) once, however often it came. */
export class CounterDeltas {
  private readonly byNumber = new Map<string, CounterDeltaV1>();

  take(delta: CounterDeltaV1): void {
    this.byNumber.set(`${delta.partition}:${delta.number}`, delta);
  }

  /** What a recount of the whole database gives otherwise, and every number that is missing. Empty when all is well. */
  async differences(sql: Pool): Promise<string[]> {
    const [{ rows: counted }, { rows: partitions }] = await Promise.all([
      sql.query<{ name: string; n: number }>(recount),
      sql.query<{ partition: number; number: number }>(
        'select partition::int, number::int from actions.counter_numbers where number > 0',
      ),
    ]);
    const expected: Figures = Object.fromEntries(counted.map(({ name, n }) => [name, n]));
    const summed = this.sum();
    const wrong = [...new Set([...Object.keys(expected), ...Object.keys(summed)])]
      .filter((name) => (expected[name] ?? 0) !== (summed[name] ?? 0))
      .map((name) => `${name}: deltas say ${summed[name] ?? 0}, a recount ${expected[name] ?? 0}`);
    const missing = partitions.flatMap(({ partition, number }) =>
      Array.from({ length: number }, (_, index) => `${partition}:${index + 1}`).filter(
        (key) => !this.byNumber.has(key),
      ),
    );
    return [...wrong, ...missing.map((key) => `no delta ${key}`)];
  }

  private sum(): Figures {
    const figures: Figures = {};
    const add = (key: string, count: number) => (figures[key] = (figures[key] ?? 0) + count);
    const campaigns = [...this.byNumber.values()].flatMap((delta) => delta.campaigns);
    for (const { campaignId, byOrg, byArea, byPage, actionCount, pageActionCount } of campaigns) {
      for (const [org, n] of Object.entries(byOrg)) add(`${campaignId} org ${org}`, n);
      for (const [area, n] of Object.entries(byArea)) add(`${campaignId} area ${area}`, n);
      for (const [page, n] of Object.entries(byPage)) add(`${campaignId} page ${page}`, n);
      for (const [type, n] of Object.entries(actionCount)) add(`${campaignId} type ${type}`, n);
      for (const [page, types] of Object.entries(pageActionCount)) {
        for (const [type, n] of Object.entries(types)) add(`${campaignId} page ${page} type ${type}`, n);
      }
    }
    return figures;
  }
}
