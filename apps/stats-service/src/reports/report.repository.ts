import type { EntityManager } from 'typeorm';
import type { RequestReportV1 } from '@groundswell/contracts';
import { fileKeyOf, type Report } from './report';
import { reportKeptDays } from './report-jobs';

export interface WrittenReport {
  rows: number;
  size: number;
  /** SHA-256 of the secret in its link. */
  tokenHash: Buffer;
}

const columns = `id, job_id as "jobId", org_id as "orgId", kind, format, campaign_id as "campaignId", from_at as "from", to_at as "to",
  language, time_zone as "timeZone", requested_by as "requestedBy"`;

export class ReportRepository {
  constructor(private readonly manager: EntityManager) {}

  async nextId(): Promise<number> {
    const [row]: { id: number }[] = await this.manager.query(`select nextval('stats.reports_id_seq')::int8 as id`);
    return row!.id;
  }

  /** Those of an org that are not done yet. Whoever asks for one of the same org waits until the caller has committed. */
  async countOpen(orgId: number): Promise<number> {
    await this.manager.query(`select pg_advisory_xact_lock(hashtextextended('stats.reports', $1))`, [orgId]);
    const [row]: { open: number }[] = await this.manager.query(
      `select count(*)::int as open from stats.reports r join stats.jobs j on j.id = r.job_id
        where r.org_id = $1 and j.state in ('queued', 'running')`,
      [orgId],
    );
    return row!.open;
  }

  async insert(id: number, jobId: number, asked: RequestReportV1): Promise<void> {
    await this.manager.query(
      `insert into stats.reports (id, job_id, org_id, kind, format, campaign_id, from_at, to_at, language, time_zone,
                                  requested_by, expires_at, file_key)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now() + make_interval(days => $12), $13)`,
      [
        ...[id, jobId, asked.orgId, asked.report, asked.format, asked.campaignId, asked.from, asked.to],
        ...[asked.language, asked.timeZone, asked.userId, reportKeptDays],
        fileKeyOf({ id, orgId: asked.orgId, format: asked.format }),
      ],
    );
  }

  async jobOf(orgId: number, id: string): Promise<number | null> {
    const rows: { jobId: number }[] = await this.manager.query(
      'select job_id as "jobId" from stats.reports where org_id = $1 and id = $2',
      [orgId, id],
    );
    return rows[0]?.jobId ?? null;
  }

  /** From now on rows are read for it. Null when it is gone. */
  async begin(id: number): Promise<Report | null> {
    const rows: Report[] = await this.manager.query(
      `with begun as (update stats.reports set started_at = clock_timestamp(), finished_at = null, error = null where id = $1 returning *)
       select ${columns} from begun`,
      [id],
    );
    return rows[0] ?? null;
  }

  /** Why it cannot be made, for whoever asked. */
  async noteError(id: number, error: string): Promise<void> {
    await this.manager.query('update stats.reports set error = $2 where id = $1', [id, error]);
  }

  /** False when it is gone. */
  async finish(id: number, { rows, size, tokenHash }: WrittenReport): Promise<boolean> {
    const done: unknown[] = await this.manager.query(
      `with done as (
         update stats.reports
            set finished_at = now(), expires_at = now() + make_interval(days => $5), row_count = $2, size = $3, token_hash = $4
          where id = $1 returning id)
       select id from done`,
      [id, rows, size, tokenHash, reportKeptDays],
    );
    return done.length === 1;
  }
}
