import type { EntityManager } from 'typeorm';
import { byteaArray, int8Array, textArray, timestamptzArray } from '@groundswell/persistence';
import type { PushKind } from './push-backend';

/** A message as it is taken over. */
export interface NewPush {
  orgId: number;
  /** Stable over all deliveries of the message; a repeat makes no second push. */
  messageId: string;
  kind: PushKind;
  /** The message as it was published: JSON text. */
  body: string;
  headers: Record<string, unknown>;
  actionId: number | null;
  /** Whose personal data it holds (contactRef as bytes), and when it was accepted. */
  subjectRef: Buffer | null;
  subjectAt: Date | null;
}

/** What a row that nobody will push any more may not hold. Whom it was about stays until its attempts go: what an endpoint
 *  answered may name them. */
export const withoutBody = `body = null, headers = '{}'`;
export const isErasedSince = `e.org_id = p.org_id and e.ref = p.subject_ref and e.erased_at > coalesce(p.subject_at, p.taken_at)`;
export const dropped = (reason: string) =>
  `state = 'dropped', ended_at = now(), claimed_until = null, claim_token = null, last_error = '${reason}', ${withoutBody}`;

export interface FailedRange {
  from?: Date;
  to?: Date;
  failedBefore: Date;
  limit: number;
}

/** The service that pushes of this kind go to, by the settings of org `o`. */
export const backendIdOf = (kind: string): string =>
  `case ${kind} when 'event' then o.event_backend_id when 'system' then coalesce(o.push_backend_id, o.event_backend_id)
     else o.push_backend_id end`;

/** Orgs that have rows in a state: one index probe per org that has some. */
const goneOrgsWith = (state: 'waiting' | 'failed') => `
  with recursive held as (
    (select org_id from forwarder.pushes where state = '${state}' order by org_id limit 1)
    union all
    select (select p.org_id from forwarder.pushes p where p.state = '${state}' and p.org_id > held.org_id
             order by p.org_id limit 1)
      from held where held.org_id is not null
  ) select org_id as "orgId" from held
     where org_id is not null
       and not exists (select from catalog.orgs o where o.id = held.org_id)`;

/**
 * The rows of forwarder.pushes, but for sending them (see SendingRepository). A row that is delivered or dropped loses its
 * body at once and stays for good, as mail purposes and submission ids do (design.md §3, "Twice"): a message may come again
 * months later, out of a parked row or a requeued loss, and its id is all that keeps it from being pushed again.
 */
export class PushRepository {
  /** In the caller's transaction; what is known already stays as it is. Returns how many are new. */
  async takeOver(manager: EntityManager, rows: readonly NewPush[]): Promise<number> {
    if (rows.length === 0) return 0;
    return this.change(
      manager,
      `insert into forwarder.pushes (org_id, message_id, kind, body, headers, action_id, subject_ref, subject_at)
       select p.org_id, p.message_id, p.kind, p.body, p.headers::jsonb, p.action_id, p.subject_ref, p.subject_at
         from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bytea[],
                     $8::timestamptz[])
           as p (org_id, message_id, kind, body, headers, action_id, subject_ref, subject_at)
        order by p.org_id, p.message_id, p.kind
       on conflict (org_id, message_id, kind) do nothing`,
      [
        int8Array(rows.map(({ orgId }) => orgId)),
        textArray(rows.map(({ messageId }) => messageId)),
        textArray(rows.map(({ kind }) => kind)),
        textArray(rows.map(({ body }) => body)),
        textArray(rows.map(({ headers }) => JSON.stringify(headers))),
        int8Array(rows.map(({ actionId }) => actionId)),
        byteaArray(rows.map(({ subjectRef }) => subjectRef)),
        timestamptzArray(rows.map(({ subjectAt }) => subjectAt)),
      ],
    );
  }

  /** Why what waits is not called for, where that is not its own fault. Some per call. */
  async explain(manager: EntityManager, lane: { orgId: number; kind: PushKind }, reason: string): Promise<number> {
    return this.change(
      manager,
      `update forwarder.pushes set last_error = $3
        where id in (select id from forwarder.pushes
                      where state = 'waiting' and org_id = $1 and kind = $2 and last_error is distinct from $3
                      limit 2000 for update skip locked)`,
      [lane.orgId, lane.kind, reason],
    );
  }

  /** Calls whose process is gone may have arrived or not: they are made again, under the same id. */
  releaseEnded(manager: EntityManager): Promise<number> {
    return this.change(
      manager,
      `update forwarder.pushes
          set state = 'waiting', due_at = now(), claimed_until = null, claim_token = null,
              last_error = 'the sender ended between call and result'
        where state = 'sending' and claimed_until < now()`,
    );
  }

  /** What was accepted before its person was erased. What is being called just now is found once it waits again. */
  dropErased(manager: EntityManager): Promise<number> {
    return this.change(
      manager,
      `update forwarder.pushes p set ${dropped('erased')} from catalog.erasures e
        where p.state in ('waiting', 'failed') and ${isErasedSince}`,
    );
  }

  /** Nothing of what was pushed leads to erased people any more, nor says what their org's service answered. */
  async forgetErased(manager: EntityManager): Promise<void> {
    await manager.query(
      `with gone as (
         update forwarder.pushes p set subject_ref = null, subject_at = null from catalog.erasures e
          where p.state in ('delivered', 'dropped') and ${isErasedSince} returning p.id
       ) update forwarder.push_attempts a set error = null, excerpt = null from gone where a.push_id = gone.id`,
    );
  }

  /** Nobody wants what an org that is gone left. One that is marked as deleted still gets what was accepted for it. */
  async dropOfGoneOrgs(manager: EntityManager): Promise<number> {
    let count = 0;
    for (const state of ['waiting', 'failed'] as const) {
      const gone = await manager.query<{ orgId: number }[]>(goneOrgsWith(state));
      if (gone.length === 0) continue;
      count += await this.change(
        manager,
        `update forwarder.pushes set ${dropped('the org is gone')} where state = '${state}' and org_id = any($1::bigint[])`,
        [gone.map(({ orgId }) => orgId)],
      );
    }
    return count;
  }

  /** Attempts of so long ago, and whom pushes that ended then were about. Returns how many attempts; `limit` at most. */
  async forgetOld(manager: EntityManager, afterDays: number, limit: number): Promise<number> {
    await manager.query(
      `update forwarder.pushes set subject_ref = null, subject_at = null
        where id in (select id from forwarder.pushes
                      where subject_ref is not null and state in ('delivered', 'dropped')
                        and ended_at < now() - $1 * interval '1 day'
                      order by ended_at limit $2 for update skip locked)`,
      [afterDays, limit],
    );
    return this.change(
      manager,
      `delete from forwarder.push_attempts
        where id in (select id from forwarder.push_attempts where attempted_at < now() - $1 * interval '1 day'
                      order by id limit $2)`,
      [afterDays, limit],
    );
  }

  /** An org id of null: of any org. */
  async stateOf(manager: EntityManager, orgId: number | null, pushId: string): Promise<string | null> {
    const rows: { state: string }[] = await manager.query(
      `select state from forwarder.pushes where id = $1::bigint and ($2::bigint is null or org_id = $2) for update`,
      [pushId, orgId],
    );
    return rows[0]?.state ?? null;
  }

  /** From the first attempt on, once it failed. */
  replay(manager: EntityManager, pushId: string): Promise<number> {
    return this.change(manager, `update forwarder.pushes set ${replayed} where id = $1::bigint and state = 'failed'`, [
      pushId,
    ]);
  }

  /** What failed of an org before `failedBefore` and was taken over in [from, to), the oldest first; `limit` at most. */
  replayFailed(manager: EntityManager, orgId: number, { from, to, failedBefore, limit }: FailedRange): Promise<number> {
    return this.change(
      manager,
      `update forwarder.pushes set ${replayed}
        where id in (
          select id from forwarder.pushes
           where org_id = $1 and state = 'failed' and taken_at >= coalesce($2, '-infinity'::timestamptz)
             and taken_at < coalesce($3, 'infinity'::timestamptz) and ended_at <= $5
           order by taken_at, id limit $4 for update)`,
      [orgId, from ?? null, to ?? null, limit, failedBefore],
    );
  }

  async clock(manager: EntityManager): Promise<Date> {
    const [row]: { at: Date }[] = await manager.query('select now() as at');
    return row?.at ?? new Date();
  }

  drop(manager: EntityManager, pushId: string): Promise<number> {
    return this.change(
      manager,
      `update forwarder.pushes set ${dropped('dropped')} where id = $1::bigint and state in ('waiting', 'failed')`,
      [pushId],
    );
  }

  /** What waits for a service is due at once, whatever its schedule says. */
  async hasten(manager: EntityManager, serviceId: number): Promise<void> {
    await manager.query(
      `update forwarder.pushes p set due_at = now() from catalog.orgs o
        where o.id = p.org_id and p.state = 'waiting' and p.due_at > now()
          and ${backendIdOf('p.kind')} = $1`,
      [serviceId],
    );
  }

  private async change(manager: EntityManager, statement: string, parameters: unknown[] = []): Promise<number> {
    const rows: { n: number }[] = await manager.query(
      `with changed as (${statement} returning 1) select count(*)::int as n from changed`,
      parameters,
    );
    return rows[0]?.n ?? 0;
  }
}

const replayed = `state = 'waiting', attempts = 0, due_at = now(), ended_at = null`;
