import type { EntityManager } from 'typeorm';
import { retentionJob } from './retention.job-type';

/** One clean-up, asked for by a person or the clock. Its row is kept: it says who asked, for what, and what went. */
export interface RetentionRun {
  id: number;
  orgId: number;
  campaignId: number | null;
  mode: string;
  months: number | null;
  isDry: boolean;
  /** Contact records up to those of this supporter are dealt with. */
  afterSupporter: number;
}

export interface RetentionCounts {
  contacts: number;
  supporters: number;
}

export interface ScheduledRetention {
  orgId: number;
  mode: string;
  months: number | null;
}

export const schedule = 'schedule';

export class RetentionRunRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Null when it is finished. */
  async findOpen(id: number): Promise<RetentionRun | null> {
    const rows: RetentionRun[] = await this.manager.query(
      `select id, org_id as "orgId", campaign_id as "campaignId", mode, months, is_dry as "isDry",
              after_supporter as "afterSupporter"
         from actions.retention_runs where finished_at is null and id = $1`,
      [id],
    );
    return rows[0] ?? null;
  }

  /** Those that were asked for, and that no job carries out yet. */
  async withoutJob(): Promise<{ id: number; orgId: number; askedBy: string }[]> {
    return this.manager.query(
      `select r.id, r.org_id as "orgId", r.asked_by as "askedBy" from actions.retention_runs r
        where r.finished_at is null
          and not exists (select from actions.job_keys k where k.type = '${retentionJob.name}' and k.key = r.id::text)
        order by r.id limit 100`,
    );
  }

  /** Those whose job a person has called off. */
  async endCanceled(): Promise<void> {
    await this.manager.query(
      `update actions.retention_runs r set finished_at = now(), error = 'canceled'
         from actions.job_keys k join actions.jobs j on j.id = k.job_id
        where r.finished_at is null and k.type = '${retentionJob.name}' and k.key = r.id::text and j.state = 'canceled'`,
    );
  }

  /**
   * Asks for the next run of each org whose last one is that long ago. The first of a rule is a dry one, also after one that
   * failed: somebody can look at it before anything goes.
   */
  async planNext(wanted: readonly ScheduledRetention[], intervalMs: number): Promise<void> {
    if (wanted.length === 0) return;
    await this.manager.query(
      `insert into actions.retention_runs (org_id, mode, months, is_dry, asked_by)
       select w.org_id, w.mode, w.months, l.id is null or l.error is not null or l.mode <> w.mode
              or l.months is distinct from w.months, '${schedule}'
         from unnest($1::bigint[], $2::text[], $3::int[]) as w (org_id, mode, months)
         left join lateral (select r.* from actions.retention_runs r
                             where r.org_id = w.org_id and r.asked_by = '${schedule}' order by r.id desc limit 1) l on true
        where l.id is null or (l.finished_at is not null and l.asked_at <= now() - $4 * interval '1 millisecond')`,
      [
        wanted.map(({ orgId }) => orgId),
        wanted.map(({ mode }) => mode),
        wanted.map(({ months }) => months),
        intervalMs,
      ],
    );
  }

  /** Only where nobody else has moved it: what a dry run counted is added once. */
  async advance(run: RetentionRun, afterSupporter: number, counted: RetentionCounts): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `with moved as (
         update actions.retention_runs
            set after_supporter = $3, contacts = contacts + $4, supporters = supporters + $5
          where id = $1 and after_supporter = $2 and finished_at is null returning id)
       select id from moved`,
      [run.id, run.afterSupporter, afterSupporter, counted.contacts, counted.supporters],
    );
    return rows.length === 1;
  }

  async finish(id: number, error: string | null): Promise<void> {
    await this.manager.query(
      `update actions.retention_runs set finished_at = now(), error = $2 where id = $1 and finished_at is null`,
      [id, error],
    );
  }
}
