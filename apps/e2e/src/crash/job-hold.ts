import { waitFor } from '@groundswell/testing';
import type { Pool, PoolClient } from 'pg';
import type { TestFleet } from '../test-fleet';

/** Whose tables a service's jobs are in. */
const schemas: Record<string, { schema: string; role: string }> = {
  'action-ingest': { schema: 'actions', role: 'gs_ingest' },
  'notify-service': { schema: 'notify', role: 'gs_notify' },
  'stats-service': { schema: 'stats', role: 'gs_stats' },
  'api-gateway': { schema: 'catalog', role: 'gs_gateway' },
};

interface JobRow {
  id: number;
  state: string;
  fencing: number;
  attempts: number;
}

/** Holds a job at a table that it is about to write, so that it can be killed there. */
export class JobHold {
  private readonly schema: string;
  private readonly role: string;

  private constructor(
    private readonly sql: Pool,
    private readonly client: PoolClient,
    private readonly job: string,
    private readonly table: string,
    service: string,
  ) {
    const where = schemas[service];
    if (!where) throw new Error(`${service} runs no jobs`);
    this.schema = where.schema;
    this.role = where.role;
  }

  static async at(fleet: TestFleet, job: string, service: string, table: string): Promise<JobHold> {
    const hold = new JobHold(fleet.sql, await fleet.sql.connect(), job, table, service);
    await hold.client.query(`begin; lock table ${table} in exclusive mode`);
    return hold;
  }

  /** Resolves when a job of this kind is under way, and its service waits for the table since. */
  async untilItWaits(): Promise<void> {
    await waitFor(async () => {
      const { rowCount } = await this.sql.query(
        `select from pg_locks l join pg_stat_activity a using (pid)
          where not l.granted and l.relation = $1::regclass and a.usename = $2
            and exists (select from ${this.schema}.jobs j
                         where j.type = $3 and j.state = 'running' and j.claimed_at <= a.query_start)`,
        [this.table, this.role, this.job],
      );
      return (rowCount ?? 0) > 0;
    });
  }

  async release(): Promise<void> {
    await this.client.query('rollback');
    this.client.release();
  }

  /** While the service is down: what it held is free at once, instead of after half a minute. */
  async endLeases(): Promise<void> {
    await this.sql.query(`update ${this.schema}.jobs set locked_until = now() where state = 'running'`);
  }

  /** Jobs of this kind, oldest first. */
  async rows(): Promise<JobRow[]> {
    const { rows } = await this.sql.query<JobRow>(
      `select id::int, state, fencing::int, attempts from ${this.schema}.jobs where type = $1 order by id`,
      [this.job],
    );
    return rows;
  }
}
