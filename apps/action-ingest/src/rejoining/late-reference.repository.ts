import type { EntityManager } from 'typeorm';
import { int8Array, preparedQuery } from '@groundswell/persistence';

/** How long a reference is looked for, and how long what became of it can be seen, days (background-jobs.md §2.3). */
export const giveUpAfterDays = 7;
export const purgeAfterDays = 14;
export const givenUpReason = `no supporter known by this reference within ${giveUpAfterDays} days`;

/** Of one transaction. */
const chunk = 5_000;
/** Transactions may commit after rows with later times. */
const overlap = '5 minutes';

export interface DueReference {
  actionId: number;
  /** Base64url text, as it was given. */
  ref: string;
}

/** Actions whose supporter was not known when they were stored, as long as they are looked after. Each method is one statement on at
 *  most a chunk of rows; those that say how many they did are called until it is none. */
export class LateReferenceRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Takes up what was stored unlinked since the last look, the oldest first. */
  noteNew(): Promise<number> {
    return this.count(
      `insert into actions.late_references (action_id, org_id, since)
       select a.id, p.org_id, a.updated_at
         from actions.actions a join catalog.action_pages p on p.id = a.action_page_id
        where a.ref is not null and a.supporter_id is null
          and a.updated_at >= coalesce((select max(since) from actions.late_references) - interval '${overlap}',
                                       now() - interval '${giveUpAfterDays} days')
          and not exists (select from actions.late_references l where l.action_id = a.id)
        order by a.updated_at limit ${chunk}
       on conflict do nothing returning action_id`,
    );
  }

  /** Which actions rows of files have become. Those whose supporter was known are counted, and kept no longer. */
  nameUploaded(): Promise<number> {
    return this.count(
      `with stored as (
         select r.submission_id, r.upload_id, s.action_id, a.supporter_id is not null as is_linked
           from actions.upload_references r
           join actions.submissions s on s.id = r.submission_id and s.action_id is not null
           left join actions.actions a on a.id = s.action_id
          where r.action_id is null limit ${chunk}),
       named as (
         update actions.upload_references r set action_id = stored.action_id
           from stored where r.submission_id = stored.submission_id and not stored.is_linked),
       gone as (
         delete from actions.upload_references r
          using stored where r.submission_id = stored.submission_id and stored.is_linked),
       counted as (
         update actions.uploads u set linked = u.linked + linked.rows
           from (select upload_id, count(*) as rows from stored where is_linked group by upload_id) linked
          where u.id = linked.upload_id)
       select submission_id from stored`,
    );
  }

  async due(limit: number): Promise<DueReference[]> {
    const rows = await preparedQuery<{ actionId: number; ref: Buffer | null }>(
      this.manager,
      `select l.action_id as "actionId", a.ref
         from actions.late_references l join actions.actions a on a.id = l.action_id
        where l.state = 'waiting' and l.next_at <= now() order by l.next_at limit $1`,
      [limit],
    );
    return rows.map(({ actionId, ref }) => ({ actionId, ref: ref?.toString() ?? '' }));
  }

  /** Linked by now, or looked for again after twice the time: a minute, up to a day. */
  async settle(actionIds: number[]): Promise<void> {
    await preparedQuery(
      this.manager,
      `update actions.late_references l
          set state = case when a.supporter_id is null then l.state else 'linked' end,
              settled_at = case when a.supporter_id is null then null else now() end,
              attempts = l.attempts + 1,
              next_at = now() + least(interval '1 minute' * 2 ^ least(l.attempts, 11), interval '1 day')
         from actions.actions a
        where a.id = l.action_id and l.state = 'waiting' and l.action_id = any($1::bigint[])`,
      [int8Array(actionIds)],
    );
  }

  /** Says so on the upload, where the action is a row of one. Whoever comes later all the same is still linked. */
  giveUp(): Promise<number> {
    return this.count(
      `with late as (
         select l.action_id from actions.late_references l join actions.actions a on a.id = l.action_id
          where l.state = 'waiting' and l.since < now() - interval '${giveUpAfterDays} days' and a.supporter_id is null
          limit ${chunk}),
       given_up as (
         update actions.late_references l set state = 'given_up', reason = '${givenUpReason}', settled_at = now()
           from late where l.action_id = late.action_id returning l.action_id),
       reported as (
         insert into actions.upload_errors (upload_id, row_number, field, reason)
         select r.upload_id, r.row_number, 'contactRef', '${givenUpReason}'
           from given_up g join actions.upload_references r on r.action_id = g.action_id
           join actions.uploads u on u.id = r.upload_id and u.closed_at is null)
       select action_id from given_up`,
    );
  }

  purge(): Promise<number> {
    return this.count(
      `with old as (
         select action_id from actions.late_references where since < now() - interval '${purgeAfterDays} days' limit ${chunk}),
       gone as (
         delete from actions.late_references l using old where l.action_id = old.action_id returning l.action_id),
       rows_gone as (
         delete from actions.upload_references where submission_id in (
           select submission_id from actions.upload_references
            where inserted_at < now() - interval '${purgeAfterDays} days' limit ${chunk}) returning submission_id)
       select 1 from gone union all select 1 from rows_gone`,
    );
  }

  private async count(sql: string): Promise<number> {
    const rows = await preparedQuery<object>(this.manager, sql, []);
    return rows.length;
  }
}
