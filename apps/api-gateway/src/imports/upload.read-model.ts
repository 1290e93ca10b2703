import type { Database } from '@groundswell/persistence';

export type UploadState = 'waiting' | 'reading' | 'complete' | 'refused' | 'failed' | 'canceled';
export type LateReferenceState = 'waiting' | 'linked' | 'given_up';

export interface UploadRow {
  id: string;
  pageId: number;
  format: 'csv' | 'json';
  isDry: boolean;
  state: UploadState;
  reason: string | null;
  rows: number;
  accepted: number;
  refused: number;
  duplicates: number;
  bytesRead: number;
  bytesTotal: number;
  waiting: number;
  linked: number;
  givenUp: number;
  reportKey: string | null;
  createdAt: Date;
  finishedAt: Date | null;
}

export interface UploadErrorRow {
  id: string;
  row: number;
  field: string | null;
  reason: string;
}

export interface LateReferenceRow {
  actionId: string;
  state: LateReferenceState;
  reason: string | null;
  attempts: number;
  since: Date;
  settledAt: Date | null;
  uploadId: string | null;
  row: number | null;
}

export interface UploadPage {
  orgId: number;
  /** The id before the page. */
  after: string | null;
  limit: number;
}

/** An upload that its job gave up, or somebody called that off, has not ended by itself. */
const uploadSql = `
  select u.id::text as id, u.page_id::int as "pageId", u.format, u.is_dry as "isDry",
         case when u.state in ('waiting', 'reading') and j.state in ('failed', 'canceled') then j.state else u.state end as state,
         case when u.state in ('waiting', 'reading') and j.state = 'failed' then j.last_error else u.reason end as reason,
         u.row_count::int as rows, u.accepted::int as accepted, u.refused::int as refused, u.duplicates::int as duplicates,
         coalesce((u.position->>'offset')::float8, 0) as "bytesRead", u.bytes_total::float8 as "bytesTotal",
         r.waiting, u.linked::int + r.linked as linked, r.given_up as "givenUp", u.report_key as "reportKey", u.created_at as "createdAt",
         u.finished_at as "finishedAt"
    from actions.uploads u
    left join actions.jobs j on j.id = u.job_id
   cross join lateral (
     select count(*) filter (where l.state is null or l.state = 'waiting')::int as waiting,
            count(*) filter (where l.state = 'linked')::int as linked,
            count(*) filter (where l.state = 'given_up')::int as given_up
       from (select r.action_id, case when a.supporter_id is not null then 'linked' else l.state end as state
               from actions.upload_references r
               left join actions.actions a on a.id = r.action_id
               left join actions.late_references l on l.action_id = r.action_id
              where r.upload_id = u.id) l) r`;

/** Files of actions and references that came early, as action-ingest keeps them. Throws DatabaseAwayError. */
export class UploadReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** Newest first. */
  list({ orgId, after, limit }: UploadPage): Promise<UploadRow[]> {
    return this.database.query<UploadRow>(
      `${uploadSql} where u.org_id = $1 and ($2::bigint is null or u.id < $2) order by u.id desc limit $3`,
      [orgId, after, limit],
    );
  }

  async find(orgId: number, id: string): Promise<UploadRow | null> {
    const [row] = await this.database.query<UploadRow>(`${uploadSql} where u.org_id = $1 and u.id = $2`, [orgId, id]);
    return row ?? null;
  }

  /** Oldest first; none for an upload of another org. */
  errors(uploadId: string, { orgId, after, limit }: UploadPage): Promise<UploadErrorRow[]> {
    return this.database.query<UploadErrorRow>(
      `select e.id::text as id, e.row_number::int as row, e.field, e.reason
         from actions.uploads u join actions.upload_errors e on e.upload_id = u.id
        where u.org_id = $1 and u.id = $2 and e.id > coalesce($3::bigint, 0) order by e.id limit $4`,
      [orgId, uploadId, after, limit],
    );
  }

  /** Newest first. As the job that looks for them saw them last. */
  lateReferences(state: LateReferenceState | null, { orgId, after, limit }: UploadPage): Promise<LateReferenceRow[]> {
    return this.database.query<LateReferenceRow>(
      `select l.action_id::text as "actionId", l.state, l.reason, l.attempts, l.since, l.settled_at as "settledAt",
              r.upload_id::text as "uploadId", r.row_number::int as row
         from actions.late_references l
         left join actions.upload_references r on r.action_id = l.action_id
        where l.org_id = $1 and ($2::text is null or l.state = $2) and ($3::bigint is null or l.action_id < $3)
        order by l.action_id desc limit $4`,
      [orgId, state, after, limit],
    );
  }
}
