import type { EntityManager } from 'typeorm';
import type { QueueAlertKind } from '@groundswell/contracts';
import type { Database } from '@groundswell/persistence';

/** watched: it has not stood long enough to be told. over: it is gone, and that is to be told. */
export type QueueAlertState = 'watched' | 'raised' | 'over';

export interface QueueAlert {
  queue: string;
  kind: QueueAlertKind;
  orgId: number;
  /** By the database's clock. */
  since: Date;
  state: QueueAlertState;
  isTold: boolean;
}

/** What is wrong with orgs' queues, kept so that a restart does not begin to wait anew. */
export class QueueAlertRepository {
  constructor(private readonly database: Database) {}

  all(): Promise<QueueAlert[]> {
    return this.database.query<QueueAlert>(
      `select queue, kind, org_id as "orgId", since, state, is_told as "isTold" from topology.queue_alerts order by queue, kind`,
    );
  }

  async save(manager: EntityManager, alert: QueueAlert): Promise<void> {
    const { queue, kind, orgId, since, state, isTold } = alert;
    await manager.query(
      `insert into topology.queue_alerts (queue, kind, org_id, since, state, is_told) values ($1, $2, $3, $4, $5, $6)
       on conflict (queue, kind) do update
          set org_id = excluded.org_id, since = excluded.since, state = excluded.state, is_told = excluded.is_told`,
      [queue, kind, orgId, since, state, isTold],
    );
  }

  async remove(manager: EntityManager, { queue, kind }: Pick<QueueAlert, 'queue' | 'kind'>): Promise<void> {
    await manager.query('delete from topology.queue_alerts where queue = $1 and kind = $2', [queue, kind]);
  }
}
