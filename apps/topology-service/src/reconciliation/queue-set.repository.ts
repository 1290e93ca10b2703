import type { EntityManager } from 'typeorm';
import type { Binding } from '@groundswell/contracts';
import type { Database } from '@groundswell/persistence';

/** pending: on its way, do not publish. confirmed: publish. damaged: a person must look; do not publish. */
export type QueueSetState = 'pending' | 'confirmed' | 'damaged';

export interface QueueSet {
  scope: string;
  version: string;
  state: QueueSetState;
  /** Those of this version, and older ones of this scope that are still on the broker. */
  queues: string[];
  /** What was bound for this scope, so that it can be taken back. */
  bindings: Binding[];
  /** Why it is not confirmed, or what is left over. */
  detail: string | null;
  /** When it was last seen whole: all there, and led. Written by `markWhole` alone. */
  wholeAt?: Date | null;
}

/** A row with what the looks at the queues' figures say of it. */
export interface WatchedQueueSet extends QueueSet {
  wholeAt: Date | null;
  /** Relays stop publishing for this org. */
  isFull: boolean;
}

/** What topology-service tells everyone else about queues, one row per scope. */
export class QueueSetRepository {
  constructor(private readonly database: Database) {}

  all(): Promise<WatchedQueueSet[]> {
    return this.database.query<WatchedQueueSet>(
      `select scope, version, state, queues, bindings, detail, whole_at as "wholeAt", is_full as "isFull"
         from topology.queue_sets order by scope`,
    );
  }

  /** The database's clock, by which everything sent is dated. */
  async now(): Promise<Date> {
    const [row] = await this.database.query<{ now: Date }>('select now()');
    return row!.now;
  }

  async markWhole(manager: EntityManager, scopes: readonly string[], at: Date): Promise<void> {
    await manager.query('update topology.queue_sets set whole_at = $2 where scope = any($1::text[])', [scopes, at]);
  }

  async setFull(manager: EntityManager, scopes: readonly string[], isFull: boolean): Promise<void> {
    await manager.query(
      'update topology.queue_sets set is_full = $2, updated_at = now() where scope = any($1::text[])',
      [scopes, isFull],
    );
  }

  /** True once any replica has ever confirmed the system queues of this installation. */
  async wasSystemConfirmed(): Promise<boolean> {
    const rows = await this.database.query(
      `select 1 from topology.queue_sets where scope = 'system' and confirmed_at is not null`,
    );
    return rows.length > 0;
  }

  /** One statement for all rows. Entering `pending` or a new version dates the declaration, entering `confirmed` the
   *  confirmation. */
  async save(manager: EntityManager, sets: readonly QueueSet[]): Promise<void> {
    await manager.query(
      `insert into topology.queue_sets as s (scope, version, state, queues, bindings, detail, confirmed_at)
       select r.scope, r.version, r.state, r.queues, r.bindings, r.detail,
              case when r.state = 'confirmed' then now() end
         from jsonb_to_recordset($1::jsonb)
              as r(scope text, version text, state text, queues text[], bindings jsonb, detail text)
       on conflict (scope) do update set
         version = excluded.version, state = excluded.state, queues = excluded.queues, bindings = excluded.bindings,
         detail = excluded.detail, updated_at = now(),
         declared_at = case when excluded.state = 'pending' and (s.state <> 'pending' or s.version <> excluded.version)
                            then now() else s.declared_at end,
         confirmed_at = case when excluded.state = 'confirmed' and (s.state <> 'confirmed' or s.version <> excluded.version)
                             then now() else s.confirmed_at end`,
      [JSON.stringify(sets)],
    );
  }

  async remove(manager: EntityManager, scopes: readonly string[]): Promise<void> {
    await manager.query('delete from topology.queue_sets where scope = any($1::text[])', [scopes]);
  }
}
