import type { ReportFormat, ReportKind } from '@groundswell/contracts';
import type { JobState } from '@groundswell/jobs';
import { erasedSince, type Database } from '@groundswell/persistence';

export interface StoredReport {
  id: string;
  orgId: number;
  kind: ReportKind;
  format: ReportFormat;
  campaignId: number | null;
  from: Date | null;
  to: Date | null;
  language: string;
  timeZone: string;
  requestedBy: number;
  requestedAt: Date;
  finishedAt: Date | null;
  expiresAt: Date;
  isExpired: boolean;
  /** Its file is gone, or goes, since it has rows of somebody who was erased. */
  isWithdrawn: boolean;
  fileKey: string;
  rows: number | null;
  size: number | null;
  error: string | null;
  jobState: JobState;
  rowsSoFar: number | null;
}

const columns = `
  r.id::text, r.org_id as "orgId", r.kind, r.format, r.campaign_id as "campaignId", r.from_at as "from", r.to_at as "to", r.language,
  r.time_zone as "timeZone", r.requested_by as "requestedBy", r.requested_at as "requestedAt", r.finished_at as "finishedAt",
  r.expires_at as "expiresAt", r.expires_at <= now() as "isExpired",
  r.withdrawn_at is not null or (r.kind = 'actions' and r.finished_at is not null and ${erasedSince('r')}) as "isWithdrawn",
  r.file_key as "fileKey", r.row_count as rows, r.size, r.error, j.state as "jobState", (j.progress->>'done')::int as "rowsSoFar"`;
const tables = 'stats.reports r join stats.jobs j on j.id = r.job_id';

/** Reports as stats-service has them. */
export class ReportReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** Newest first, those with a smaller id than `before`. */
  list(orgId: number, before: string | null, limit: number): Promise<StoredReport[]> {
    return this.database.query(
      `select ${columns} from ${tables}
        where r.org_id = $1 and ($2::bigint is null or r.id < $2) and r.expires_at > now() order by r.id desc limit $3`,
      [orgId, before, limit],
    );
  }

  async find(orgId: number, id: string): Promise<StoredReport | null> {
    const [row] = await this.database.query<StoredReport>(
      `select ${columns} from ${tables} where r.org_id = $1 and r.id = $2`,
      [orgId, id],
    );
    return row ?? null;
  }

  /** By the hash of the secret in its link. */
  async findByLink(id: string, tokenHash: Buffer): Promise<StoredReport | null> {
    const [row] = await this.database.query<StoredReport>(
      `select ${columns} from ${tables} where r.id = $1 and r.token_hash = $2`,
      [id, tokenHash],
    );
    return row ?? null;
  }

  /** Whether Postgres knows the zone too. */
  async knowsTimeZone(timeZone: string): Promise<boolean> {
    const rows = await this.database.query('select from pg_timezone_names where name = $1 limit 1', [timeZone]);
    return rows.length === 1;
  }
}
