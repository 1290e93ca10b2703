export interface CounterRecountRow {
  campaignId: number;
  kind: 'org' | 'area' | 'type' | 'page' | 'pageType';
  /** Id of an org or page; null for the other kinds. */
  id: number | null;
  /** Area or action type. */
  name: string | null;
  count: number;
}

/**
 * All counters of the campaigns `$1`, from their actions (processing.md §9.1). A counted action is accepted or delivered and
 * not testing; a counted pair adds a supporter who is accepted with rank 0. Rows are `CounterRecountRow`.
 */
export const countersRecountSql = `
with counted as materialized (
  select a.campaign_id, a.action_page_id, a.action_type, s.id as supporter_id, s.fingerprint, s.area
    from actions.actions a
    left join actions.supporters s
           on s.id = a.supporter_id and s.processing_status = 3 and s.dupe_rank = 0
   where a.campaign_id = any($1::bigint[]) and a.processing_status in (3, 4) and not a.testing),
pairs as materialized (
  select c.campaign_id, c.action_page_id, p.org_id, c.fingerprint, max(c.supporter_id) as supporter_id
    from counted c join catalog.action_pages p on p.id = c.action_page_id
   where c.supporter_id is not null
   group by 1, 2, 3, 4),
latest as (
  select distinct on (c.campaign_id, c.fingerprint) c.campaign_id, c.area
    from counted c where c.supporter_id is not null
   order by c.campaign_id, c.fingerprint, c.supporter_id desc),
types as (
  select campaign_id, action_page_id, action_type, count(*) as actions from counted group by 1, 2, 3)
select campaign_id as "campaignId", 'org' as kind, org_id as id, null as name, count(distinct fingerprint)::int as count
  from pairs group by 1, 3
union all
select campaign_id, 'area', null, area, count(*)::int from latest where area is not null group by 1, 4
union all
select campaign_id, 'type', null, action_type, sum(actions)::int from types group by 1, 4
union all
select campaign_id, 'page', action_page_id, null, count(*)::int from pairs group by 1, 3
union all
select campaign_id, 'pageType', action_page_id, action_type, actions::int from types`;

/** Actions looked through for a location, newest first: those without a referer have none. */
const recentActions = 200;

/** When and where each of the pages `$1` was last used; pages without an action are left out. */
export const pageActivitySql = `
select p.id as "pageId", last.inserted_at as "lastActionAt", place.location
  from unnest($1::bigint[]) as p (id)
 cross join lateral (
       select inserted_at from actions.actions a where a.action_page_id = p.id order by a.id desc limit 1) last
  left join lateral (
       select s.location
         from (select a.id, a.source_id from actions.actions a
                where a.action_page_id = p.id order by a.id desc limit ${recentActions}) recent
         join actions.sources s on s.id = recent.source_id
        where s.location <> '' order by recent.id desc limit 1) place on true`;
