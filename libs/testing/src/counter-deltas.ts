import type { CounterDeltaV1 } from '@groundswell/contracts';

/** Figures by name, zero ones left out. */
export type CounterFigures = Record<string, number>;

/** The definitions of processing.md §9.1, counted anew: rows of `name` and `n`, named as `sumDeltas` names them. */
export const recountSql = `
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

export function sumDeltas(deltas: Iterable<CounterDeltaV1>): CounterFigures {
  const figures: CounterFigures = {};
  const add = (key: string, count: number) => (figures[key] = (figures[key] ?? 0) + count);
  const campaigns = [...deltas].flatMap((delta) => delta.campaigns);
  for (const { campaignId, byOrg, byArea, byPage, actionCount, pageActionCount } of campaigns) {
    for (const [org, n] of Object.entries(byOrg)) add(`${campaignId} org ${org}`, n);
    for (const [area, n] of Object.entries(byArea)) add(`${campaignId} area ${area}`, n);
    for (const [page, n] of Object.entries(byPage)) add(`${campaignId} page ${page}`, n);
    for (const [type, n] of Object.entries(actionCount)) add(`${campaignId} type ${type}`, n);
    for (const [page, types] of Object.entries(pageActionCount)) {
      for (const [type, n] of Object.entries(types)) add(`${campaignId} page ${page} type ${type}`, n);
    }
  }
  return Object.fromEntries(Object.entries(figures).filter(([, n]) => n !== 0));
}
