import type { JobSchema } from './job-database';

/**
 * Takes jobs that are due: $1 types, $2 how many more of each this process may run, $3 how many of each one org may have
 * running anywhere, $4 how many in all, $5 the process, $6 its lease in ms. Orgs take turns, the one that has waited longest for
 * a turn first; within an org by priority, then by when they were due. The backlog is never read, only the first rows of
 * each org: one index probe per type and org.
 */
export const claimSql = (schema: JobSchema): string => `${candidates(schema)},
picked as (select id, place from places where of_type <= free order by place limit $4),
held as (
  select j.id from ${schema}.jobs j join picked using (id) where j.state = 'queued' for update of j skip locked),
claimed as (
  update ${schema}.jobs j
     set state = 'running', attempts = attempts + 1, fencing = fencing + 1, locked_by = $5,
         locked_until = clock_timestamp() + $6 * interval '1 millisecond', heartbeat_at = clock_timestamp(),
         claimed_at = clock_timestamp(), started_at = coalesce(started_at, clock_timestamp())
    from held where j.id = held.id
  returning j.*)
select id, type, org_id as "orgId", payload, cursor, attempts, max_attempts as "maxAttempts", fencing, steps
  from claimed join picked using (id) order by place`;

/** Of each type and org as many as may still run, each with its place in the order of turns. */
const candidates = (schema: JobSchema): string => `
with recursive wanted as (
  select w.* from unnest($1::text[], $2::int[], $3::int[]) as w (type, free, per_org)
   where w.free > 0 and not exists (select from ${schema}.job_pauses p where p.type = w.type)),
lanes as (
  select w.type, w.free, w.per_org, f.org_id
    from wanted w
   cross join lateral (select j.org_id from ${schema}.jobs j
                        where j.state = 'queued' and j.type = w.type order by j.org_id limit 1) f
  union all
  select l.type, l.free, l.per_org, n.org_id
    from lanes l
   cross join lateral (select j.org_id from ${schema}.jobs j
                        where j.state = 'queued' and j.type = l.type and j.org_id > l.org_id order by j.org_id limit 1) n),
heads as (
  select h.*, l.type, l.free, l.org_id
    from lanes l
   cross join lateral (select j.id, j.priority, j.due_at from ${schema}.jobs j
                        where j.state = 'queued' and j.type = l.type and j.org_id = l.org_id and j.due_at <= now()
                        order by j.priority desc, j.due_at, j.id
                        limit (select greatest(0, least(l.free, l.per_org - count(*))) from ${schema}.jobs r
                                where r.state = 'running' and r.type = l.type and r.org_id = l.org_id)) h),
turns as (
  select h.*, s.served_at, row_number() over (partition by h.org_id order by h.priority desc, h.due_at, h.id) as turn
    from heads h
    left join lateral (select max(j.claimed_at) as served_at from ${schema}.jobs j
                        where j.org_id = h.org_id and j.claimed_at is not null) s on true),
places as (
  select t.*, row_number() over (order by turn, served_at nulls first, priority desc, due_at, id) as place,
         row_number() over (partition by type order by turn, served_at nulls first, priority desc, due_at, id) as of_type
    from turns t)`;

/**
 * Jobs whose process has not been heard of for its whole lease go back to the queue. One that cost its process the last of its
 * attempts fails: it may be what kills them.
 */
export const returnLostSql = (schema: JobSchema): string => `
with lost as (
  select id from ${schema}.jobs where state = 'running' and locked_until < clock_timestamp() for update skip locked),
moved as (
  update ${schema}.jobs j
     set state = case when cancel_requested_at is not null then 'canceled'
                      when attempts >= max_attempts then 'failed' else 'queued' end,
         finished_at = case when cancel_requested_at is not null or attempts >= max_attempts then clock_timestamp() end,
         last_error = 'its process was lost', locked_by = null, locked_until = null
    from lost where j.id = lost.id
  returning j.id, j.type, j.state)
select id, type, state from moved`;
