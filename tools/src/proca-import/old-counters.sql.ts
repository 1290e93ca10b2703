import type { OldTableName } from './old-schema';

/**
 * Counters of all campaigns by processing.md §9.1, from the old tables: a supporter counts once, with the first accepted signature of the
 * person in the campaign. `$1`, `$2`: supporters and actions that were left out. Rows are CounterRecountRow. Written apart from
 * the fleet's own recount, so that the two check each other.
 */
export const oldCountersSql = (at: (table: OldTableName) => string): string => `
with first_accepted as materialized (
  select distinct on (campaign_id, fingerprint) id, fingerprint, area
    from ${at('supporters')} s
   where processing_status = 3 and not (s.id = any($1::bigint[]))
   order by campaign_id, fingerprint, id),
done as materialized (
  select a.campaign_id, a.action_page_id, p.org_id, a.action_type, f.id as supporter_id, f.fingerprint, f.area
    from ${at('actions')} a
    join ${at('action_pages')} p on p.id = a.action_page_id
    left join first_accepted f on f.id = a.supporter_id
   where a.processing_status in (3, 4) and not a.testing and a.campaign_id is not null
     and not (a.id = any($2::bigint[])) and (a.supporter_id is null or not (a.supporter_id = any($1::bigint[])))),
areas as (
  select campaign_id, fingerprint, (array_agg(area order by supporter_id desc))[1] as area
    from done where supporter_id is not null group by 1, 2)
select campaign_id as "campaignId", 'org' as kind, org_id as id, null as name, count(distinct fingerprint) as count
  from done where supporter_id is not null group by 1, 3
union all
select campaign_id, 'area', null, area, count(*) from areas where area is not null group by 1, 4
union all
select campaign_id, 'type', null, action_type, count(*) from done group by 1, 4
union all
select campaign_id, 'page', action_page_id, null, count(distinct fingerprint) from done where supporter_id is not null group by 1, 3
union all
select campaign_id, 'pageType', action_page_id, action_type, count(*) from done group by 1, 3, 4`;
