import type { EntityManager } from 'typeorm';
import type { AttemptOutcome } from './attempt-outcome';
import { claimSql, returnLostSql } from './claim.sql';
import type { JobSchema } from './job-database';
import type { StepMark } from './job-handler';

/** A job as it was when this process took it. `fencing` is of this claim alone. */
export interface ClaimedJob {
  id: number;
  type: string;
  orgId: number;
  payload: unknown;
  cursor: unknown;
  attempts: number;
  maxAttempts: number;
  fencing: number;
  steps: number;
}

export interface ClaimWish {
  type: string;
  free: number;
  perOrg: number;
}

export interface HeldJob {
  id: number;
  fencing: number;
}

/** How a job this process runs looks from the table. */
export interface RenewedJob {
  id: number;
  isHeld: boolean;
  isCancelRequested: boolean;
}

export interface LostJob {
  id: number;
  type: string;
  state: string;
}

/** Jobs that are forgotten in one statement. */
export const mostForgotten = 1_000;

/** First key of the advisory lock under which jobs of one schema are taken: limits per org are counted under it. */
const claimLockSpace = 0x6a_6f_62;

/** What runs jobs does to their rows. Methods take the manager of a transaction or of a single connection. */
export class JobRepository {
  constructor(readonly schema: JobSchema) {}

  /** In the transaction that claims, before it. */
  async lockClaims(manager: EntityManager): Promise<void> {
    await manager.query(`select pg_advisory_xact_lock(${claimLockSpace}, hashtext($1))`, [this.schema]);
  }

  returnLost(manager: EntityManager): Promise<LostJob[]> {
    return manager.query(returnLostSql(this.schema));
  }

  claim(
    manager: EntityManager,
    wishes: ClaimWish[],
    atMost: number,
    holder: string,
    leaseMs: number,
  ): Promise<ClaimedJob[]> {
    return manager.query(claimSql(this.schema), [
      wishes.map(({ type }) => type),
      wishes.map(({ free }) => free),
      wishes.map(({ perOrg }) => perOrg),
      atMost,
      holder,
      leaseMs,
    ]);
  }

  /**
   * Keeps the leases of what this process runs. A row in the hands of a step is passed over: the step holds it, and nobody else
   * can take it. The number decides, not the clock: a lease that ran out without anybody taking the job is good again.
   */
  renew(manager: EntityManager, held: HeldJob[], leaseMs: number): Promise<RenewedJob[]> {
    return manager.query(
      `with held as (select * from unnest($1::bigint[], $2::bigint[]) as h (id, fencing)),
       free as (
         select j.id from ${this.schema}.jobs j join held h on h.id = j.id and h.fencing = j.fencing
          where j.state = 'running' for update of j skip locked),
       renewed as (
         update ${this.schema}.jobs j
            set locked_until = clock_timestamp() + $3 * interval '1 millisecond', heartbeat_at = clock_timestamp()
           from free where j.id = free.id)
       select h.id, j.id is not null as "isHeld", j.cancel_requested_at is not null as "isCancelRequested"
         from held h left join ${this.schema}.jobs j on j.id = h.id and j.fencing = h.fencing and j.state = 'running'`,
      [held.map(({ id }) => id), held.map(({ fencing }) => fencing), leaseMs],
    );
  }

  /** Holds the row for a step; null when this attempt no longer has the job, or is not where it believes to be. */
  async hold(
    manager: EntityManager,
    { id, fencing }: HeldJob,
    steps: number,
  ): Promise<{ isCancelRequested: boolean } | null> {
    const rows: { isCancelRequested: boolean }[] = await manager.query(
      `select cancel_requested_at is not null as "isCancelRequested" from ${this.schema}.jobs
        where id = $1 and fencing = $2 and steps = $3 and state = 'running' for update`,
      [id, fencing, steps],
    );
    return rows[0] ?? null;
  }

  /** Ends a step. Where the cursor moved, attempts are counted anew. */
  async mark(
    manager: EntityManager,
    id: number,
    { cursor, progress }: StepMark<unknown>,
    leaseMs: number,
  ): Promise<void> {
    await manager.query(
      `update ${this.schema}.jobs
          set steps = steps + 1, cursor = coalesce($2::jsonb, cursor), progress = coalesce($3::jsonb, progress),
              attempts = case when $2::jsonb is distinct from cursor and $2 is not null then 1 else attempts end,
              locked_until = clock_timestamp() + $4 * interval '1 millisecond', heartbeat_at = clock_timestamp()
        where id = $1`,
      [id, jsonOf(cursor), jsonOf(progress), leaseMs],
    );
  }

  /**
   * False when somebody else has the job by now: then nothing changes. An attempt that believes it has lost the job, and has not,
   * hands it back. What would be tried again is not where a person called it off. A job without a key that had nothing to do leaves
   * no row; one that was taken before does, since it may have done something then.
   */
  async end(manager: EntityManager, { id, fencing }: HeldJob, outcome: AttemptOutcome): Promise<boolean> {
    const isHandedBack = outcome.kind === 'released' || outcome.kind === 'lost';
    const isFinal = outcome.kind === 'complete' || outcome.kind === 'failed' || outcome.kind === 'canceled';
    const rows: unknown[] = await manager.query(
      `with held as (
         select id, $8 or cancel_requested_at is not null as is_final,
                $9 and fencing = 1 and key is null and cancel_requested_at is null as leaves_nothing,
                case when $8 or cancel_requested_at is null then $3 else 'canceled' end as state
           from ${this.schema}.jobs where id = $1 and fencing = $2 and state = 'running' for update),
       gone as (
         delete from ${this.schema}.jobs j using held where j.id = held.id and held.leaves_nothing returning j.id),
       ended as (
         update ${this.schema}.jobs j
            set state = held.state, result = coalesce($4::jsonb, result), last_error = coalesce($5, last_error),
                attempts = case when $6 then greatest(attempts - 1, 0) else attempts end,
                due_at = case when $7::bigint is null then due_at else clock_timestamp() + $7 * interval '1 millisecond' end,
                finished_at = case when is_final then clock_timestamp() end, locked_by = null, locked_until = null
           from held where j.id = held.id and not held.leaves_nothing
         returning j.id)
       select id from ended union all select id from gone`,
      [
        id,
        fencing,
        isFinal ? outcome.kind : 'queued',
        outcome.kind === 'complete' ? outcome.result : null,
        'error' in outcome ? outcome.error : null,
        isHandedBack,
        'delayMs' in outcome ? outcome.delayMs : null,
        isFinal,
        outcome.kind === 'complete' && outcome.isIdle === true,
      ],
    );
    return rows.length === 1;
  }

  /** Forgets complete and canceled jobs of a type after that time; their keys stay. At most `mostForgotten` at a time. */
  async forget(manager: EntityManager, type: string, keepDays: number): Promise<number> {
    const rows: unknown[] = await manager.query(
      `with old as (
         select id from ${this.schema}.jobs
          where type = $1 and state in ('complete', 'canceled') and finished_at < now() - $2 * interval '1 day'
          order by finished_at limit ${mostForgotten} for update skip locked),
       gone as (delete from ${this.schema}.jobs j using old where j.id = old.id returning j.id)
       select id from gone`,
      [type, keepDays],
    );
    return rows.length;
  }
}

const jsonOf = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
