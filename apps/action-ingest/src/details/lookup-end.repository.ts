import type { EntityManager } from 'typeorm';
import { encodeRef } from '@groundswell/crypto';
import { int8Array, preparedQuery, textArray } from '@groundswell/persistence';

export interface EndedLookup {
  actionId: number;
  contactRef: string;
}

/** Rows of look-ups and of the services they are made at, in the caller's transaction. */
export class LookupEndRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Of these, those that still waited: their commands are the caller's to write. */
  async answer(actionIds: number[], errors: (string | null)[]): Promise<Set<number>> {
    const rows = await preparedQuery<{ id: number }>(
      this.manager,
      `update actions.detail_lookups l
          set state = 'answered', due_at = now(), attempts = l.attempts + 1, last_error = n.error
         from unnest($1::bigint[], $2::text[]) as n (action_id, error)
        where l.action_id = n.action_id and l.state = 'waiting' returning l.action_id as id`,
      [int8Array(actionIds), textArray(errors)],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** Backs off by itself: doubles from the first wait to the longest. */
  async postpone(actionIds: number[], errors: string[], wait: { firstMs: number; longestMs: number }): Promise<void> {
    if (actionIds.length === 0) return;
    await preparedQuery(
      this.manager,
      `update actions.detail_lookups l
          set attempts = l.attempts + 1, last_error = n.error,
              due_at = now() + least($3 * 2 ^ least(l.attempts, 20), $4) * interval '1 millisecond'
         from unnest($1::bigint[], $2::text[]) as n (action_id, error)
        where l.action_id = n.action_id and l.state = 'waiting'`,
      [int8Array(actionIds), textArray(errors), wait.firstMs, wait.longestMs],
    );
  }

  /** What waits for longer than anybody is asked, oldest first. */
  async giveUpOverdue(orgId: number, giveUpMs: number, limit: number): Promise<EndedLookup[]> {
    const rows = await preparedQuery<{ actionId: number; fingerprint: Buffer }>(
      this.manager,
      `update actions.detail_lookups l set state = 'answered', due_at = now()
         from (select action_id from actions.detail_lookups
                where org_id = $1 and state = 'waiting' and inserted_at < now() - $2 * interval '1 millisecond'
                order by due_at limit $3 for update) o
         join actions.actions a on a.id = o.action_id
         join actions.supporters s on s.id = a.supporter_id
        where l.action_id = o.action_id
       returning l.action_id as "actionId", s.fingerprint`,
      [orgId, giveUpMs, limit],
    );
    return rows.map(({ actionId, fingerprint }) => ({ actionId, contactRef: encodeRef(fingerprint) }));
  }

  async noteSuccess(orgId: number): Promise<void> {
    await preparedQuery(
      this.manager,
      `insert into actions.detail_backends (org_id, last_success_at) values ($1, now())
       on conflict (org_id) do update
          set last_success_at = now(), failing_since = null, failures = 0, rests_until = null, last_error = null`,
      [orgId],
    );
  }

  /** It rests: longer with each failure in a row. */
  async noteFailure(orgId: number, error: string, wait: { firstMs: number; longestMs: number }): Promise<void> {
    await preparedQuery(
      this.manager,
      `insert into actions.detail_backends as b (org_id, failing_since, failures, rests_until, last_error)
       values ($1, now(), 1, now() + $3 * interval '1 millisecond', $2)
       on conflict (org_id) do update
          set failing_since = coalesce(b.failing_since, now()), failures = b.failures + 1, last_error = $2,
              rests_until = now() + least($3 * 2 ^ least(b.failures, 20), $4) * interval '1 millisecond'`,
      [orgId, error, wait.firstMs, wait.longestMs],
    );
  }

  /** When the org is to be looked at next; null when nothing waits, or a job is due by then. Noted, so that it is asked for once. */
  async planWake(orgId: number): Promise<Date | null> {
    const rows = await preparedQuery<{ wakesAt: Date }>(
      this.manager,
      `insert into actions.detail_backends as b (org_id, wakes_at)
       select $1, greatest(w.due_at, now(), h.rests_until)
         from (select min(due_at) as due_at from actions.detail_lookups where org_id = $1 and state = 'waiting') w
         left join actions.detail_backends h on h.org_id = $1
        where w.due_at is not null
       on conflict (org_id) do update set wakes_at = excluded.wakes_at
        where b.wakes_at is null or b.wakes_at <= now() or b.wakes_at > excluded.wakes_at
       returning wakes_at as "wakesAt"`,
      [orgId],
    );
    return rows[0]?.wakesAt ?? null;
  }

  /** Look-ups whose command has not come for that long, lost or dropped: they wait again. A second command changes nothing. */
  async recall(afterMs: number): Promise<void> {
    await preparedQuery(
      this.manager,
      `update actions.detail_lookups set state = 'waiting'
        where state = 'answered' and due_at < now() - $1 * interval '1 millisecond'`,
      [afterMs],
    );
  }

  /** Orgs whose look-ups wait for nobody: a job was canceled, or failed. */
  async forgotten(afterMs: number): Promise<number[]> {
    const rows = await preparedQuery<{ id: number }>(
      this.manager,
      `select distinct l.org_id as id from actions.detail_lookups l
         left join actions.detail_backends b on b.org_id = l.org_id
        where l.state = 'waiting' and l.due_at < now() - $1 * interval '1 millisecond'
          and (b.wakes_at is null or b.wakes_at < now() - $1 * interval '1 millisecond')`,
      [afterMs],
    );
    return rows.map(({ id }) => id);
  }

  /** Of actions that have left: whether one that waits for its supporter was looked up must stay known. */
  async forget(afterDays: number, limit: number): Promise<void> {
    await preparedQuery(
      this.manager,
      `delete from actions.detail_lookups where action_id in (
         select l.action_id from actions.detail_lookups l join actions.actions a on a.id = l.action_id
          where l.ended_at < now() - $1 * interval '1 day' and a.processing_status <> 0 limit $2)`,
      [afterDays, limit],
    );
  }
}
