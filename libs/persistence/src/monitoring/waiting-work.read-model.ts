import type { Database } from '../database';
import type { WaitingWork, WorkDone } from './waiting-work';

const workColumns = `kind, owner, name, org_id::int as "orgId", waiting, delayed, active, failed, dead,
  greatest(0, extract(epoch from now() - oldest_at))::float8 as "oldestSeconds", reason, is_paused as "isPaused"`;

/** What waits, whoever owns it, and what was done. Throws DatabaseAwayError. */
export class WaitingWorkReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  all(): Promise<WaitingWork[]> {
    return this.database.query<WaitingWork>(`select ${workColumns} from topology.waiting_work`);
  }

  /** What is an org's by its id; the rest belongs to the org whose name its queue has. */
  ofOrg(orgId: number, queues: readonly string[]): Promise<WaitingWork[]> {
    return this.database.query<WaitingWork>(
      `select ${workColumns} from topology.waiting_work
        where (org_id = $1 and kind <> 'parked') or (kind = 'jobs' and is_paused)
           or (kind in ('parked', 'broker') and name = any($2::text[]) and coalesce(org_id, $1) = $1)`,
      [orgId, queues],
    );
  }

  doneLastMinute(): Promise<WorkDone[]> {
    return this.database.query<WorkDone>(
      'select kind, owner, name, org_id::int as "orgId", done, errors from topology.work_done',
    );
  }
}
