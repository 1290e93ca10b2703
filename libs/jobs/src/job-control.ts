import type { EntityManager } from 'typeorm';
import type { JobSchema } from './job-database';

/** What people do to jobs. Every method takes the manager of the caller's transaction, so that it can write its audit there. */
export class JobControl {
  constructor(private readonly schema: JobSchema) {}

  /**
   * Has a failed or canceled job done again, from where it stood, with all its attempts. False when it is in another state, not
   * there, or not of that org.
   */
  async retry(manager: EntityManager, id: number, orgId?: number): Promise<boolean> {
    return this.change(
      manager,
      `set state = 'queued', attempts = 0, due_at = date_trunc('milliseconds', now()), finished_at = null,
           cancel_requested_at = null`,
      `state in ('failed', 'canceled')`,
      [id, orgId ?? null],
    );
  }

  /**
   * Calls a job off. One that waits or has failed is canceled at once; one that runs after the step in hand, or when it is next
   * heard of, unless it ends before. False when it has ended, is not there, or not of that org.
   */
  async cancel(manager: EntityManager, id: number, orgId?: number): Promise<boolean> {
    return this.change(
      manager,
      `set state = case when state = 'running' then state else 'canceled' end,
           finished_at = case when state = 'running' then null else coalesce(finished_at, now()) end,
           cancel_requested_at = coalesce(cancel_requested_at, now())`,
      `state in ('queued', 'running', 'failed')`,
      [id, orgId ?? null],
    );
  }

  /** No process takes a job of this type until it is resumed; those that run end. */
  async pause(manager: EntityManager, type: string, by: string): Promise<void> {
    await manager.query(
      `insert into ${this.schema}.job_pauses (type, paused_by) values ($1, $2) on conflict do nothing`,
      [type, by],
    );
  }

  /** False when it was not paused. */
  async resume(manager: EntityManager, type: string): Promise<boolean> {
    const rows: unknown[] = await manager.query(
      `with gone as (delete from ${this.schema}.job_pauses where type = $1 returning type) select type from gone`,
      [type],
    );
    return rows.length === 1;
  }

  private async change(manager: EntityManager, set: string, where: string, values: unknown[]): Promise<boolean> {
    const rows: unknown[] = await manager.query(
      `with changed as (
         update ${this.schema}.jobs ${set}
          where id = $1 and ($2::bigint is null or org_id = $2) and ${where} returning id)
       select id from changed`,
      values,
    );
    return rows.length === 1;
  }
}
