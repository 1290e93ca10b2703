import { waitFor } from '@groundswell/testing';
import type { TestFleet } from '../test-fleet';

interface Scheduled {
  schema: 'actions' | 'notify' | 'stats' | 'catalog';
  /** Of the schedule. */
  name: string;
}

/** Until a schedule's turn at the start of its service is over: the next one is far away. */
export const afterFirstTurn = (fleet: TestFleet, { schema, name }: Scheduled): Promise<unknown> =>
  waitFor(async () => {
    const { rows } = await fleet.sql.query(
      // A turn with nothing to do leaves no job.
      `select from ${schema}.job_schedules s left join ${schema}.jobs j on j.id = s.last_job_id
        where s.name = $1 and s.last_job_id is not null and coalesce(j.state, 'complete') = 'complete'`,
      [name],
    );
    return rows.length === 1;
  });

export async function makeDue(fleet: TestFleet, { schema, name }: Scheduled): Promise<void> {
  await fleet.sql.query(`update ${schema}.job_schedules set next_run_at = now() where name = $1`, [name]);
}
