import type { EntityManager } from 'typeorm';
import type { Database } from '@groundswell/persistence';
import type { Loss, LossCause } from './losses-of';

export interface RecordedLoss {
  scope: string;
  orgId: number | null;
  queue: string;
  cause: LossCause;
  lostFrom: Date;
  foundAt: Date;
  /** Null while the queue cannot be counted on yet. */
  rebuiltAt: Date | null;
}

const reportedLosses = 100;

/** Losses as rows, from which action-ingest sends again: everything of [lost_from, rebuilt_at). */
export class LossRepository {
  constructor(private readonly database: Database) {}

  /** The newest ones. */
  latest(): Promise<RecordedLoss[]> {
    return this.database.query<RecordedLoss>(
      `select scope, org_id::int as "orgId", queue, cause, lost_from as "lostFrom", found_at as "foundAt",
              rebuilt_at as "rebuiltAt"
         from topology.losses order by id desc limit $1`,
      [reportedLosses],
    );
  }

  /** Losses of one look, all in one statement. One that an open row covers already adds nothing. Comes before the change of
   *  its set's state, which moves declared_at. */
  async record(manager: EntityManager, losses: readonly Loss[]): Promise<void> {
    if (losses.length === 0) return;
    await manager.query(
      `insert into topology.losses (scope, org_id, queue, cause, lost_from, found_at)
       select f.* from (
         select l.scope, l."orgId", l.queue, l.cause,
                coalesce(l."lostFrom", m.drained_at, m.noted_at, s.declared_at, l."foundAt") as lost_from, l."foundAt"
           from jsonb_to_recordset($1::jsonb) as l(
                  scope text, "orgId" bigint, queue text, cause text, "lostFrom" timestamptz, "foundAt" timestamptz)
           left join topology.queue_marks m on m.queue = l.queue
           left join topology.queue_sets s on s.scope = l.scope
          where l.cause <> 'queue' or m.confirmed_at is not null
       ) f
        where not exists (
          select 1 from topology.losses o
           where o.scope = f.scope and o.queue = f.queue and o.rebuilt_at is null and o.lost_from <= f.lost_from)`,
      [JSON.stringify(losses)],
    );
  }

  /** These scopes are confirmed: their queues may be counted on, and what they lost may be sent again. */
  async rebuilt(manager: EntityManager, scopes: readonly string[]): Promise<void> {
    await manager.query(
      'update topology.losses set rebuilt_at = now() where scope = any($1::text[]) and rebuilt_at is null',
      [scopes],
    );
  }

  /** Messages that got stuck in a queue which itself is there. `isNew`: it was seen without any before; else it may be what
   *  an earlier replica has recorded already. */
  async recordStuck(manager: EntityManager, loss: Loss, isNew: boolean): Promise<void> {
    await manager.query(
      `insert into topology.losses (scope, org_id, queue, cause, lost_from, found_at, rebuilt_at)
       select $1, $2, m.queue, 'stuck', coalesce(m.drained_at, m.noted_at), $4, now()
         from topology.queue_marks m
        where m.queue = $3
          and ($5 or not exists (
            select 1 from topology.losses o
             where o.queue = m.queue and o.cause = 'stuck' and o.found_at >= coalesce(m.drained_at, m.noted_at)))`,
      [loss.scope, loss.orgId, loss.queue, loss.foundAt, isNew],
    );
  }
}
