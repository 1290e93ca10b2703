import { hostname } from 'node:os';
import type { EntityManager } from 'typeorm';
import type { JobSchema } from './job-database';

/** Processes that run jobs, by heartbeat rows: liveness is how old the last one is. */
export class JobWorkersRepository {
  constructor(private readonly schema: JobSchema) {}

  async beat(manager: EntityManager, id: string, running: number): Promise<void> {
    await manager.query(
      `insert into ${this.schema}.job_workers (id, host, pid, running) values ($1, $2, $3, $4)
       on conflict (id) do update set heartbeat_at = now(), running = excluded.running`,
      [id, hostname(), process.pid, running],
    );
  }

  /** On a graceful stop. Rows of processes that ended otherwise go after a day. */
  async leave(manager: EntityManager, id: string): Promise<void> {
    await manager.query(
      `delete from ${this.schema}.job_workers where id = $1 or heartbeat_at < now() - interval '1 day'`,
      [id],
    );
  }
}
