import type { EntityManager } from 'typeorm';
import { importLimits, type ImportActionsRequestV1, type ImportSettingsV1 } from '@groundswell/contracts';
import { byteaArray, int8Array, preparedQuery, textArray } from '@groundswell/persistence';
import type { CsvColumns } from './csv-rows';
import type { RowProblem } from './uploaded-row';

/** How far a file was read. */
export interface UploadPosition {
  offset: number;
  rows: number;
  columns: CsvColumns | null;
}

export interface Upload {
  id: number;
  orgId: number;
  pageId: number;
  objectKey: string;
  format: 'csv' | 'json';
  settings: ImportSettingsV1;
  isDry: boolean;
  state: 'waiting' | 'reading' | 'complete' | 'refused' | 'canceled';
  jobId: number;
  position: UploadPosition;
  refused: number;
  bytesTotal: number;
  reportKey: string | null;
  createdAt: Date;
  closedAt: Date | null;
}

export interface RowErrors {
  row: number;
  problems: RowProblem[];
}

/** What a block of rows came to. */
export interface BlockOutcome {
  position: UploadPosition;
  accepted: number;
  duplicates: number;
  errors: RowErrors[];
  /** Hashes of the ids that its rows brought. */
  clientIds: Buffer[];
  /** Rows that name somebody by reference. */
  references: { submissionId: string; row: number }[];
}

export interface UploadEnd {
  state: 'complete' | 'refused';
  reason?: string;
  reportKey: string | null;
}

const beginning: UploadPosition = { offset: 0, rows: 0, columns: null };

/** Files of actions and what became of their rows, in the caller's transaction. */
export class UploadRepository {
  constructor(private readonly manager: EntityManager) {}

  async find(id: number): Promise<Upload | null> {
    const [row] = await preparedQuery<Omit<Upload, 'position'> & { position: UploadPosition | null }>(
      this.manager,
      `select id, org_id as "orgId", page_id as "pageId", object_key as "objectKey", format, settings, is_dry as "isDry", state,
              job_id as "jobId", position, refused, bytes_total as "bytesTotal", report_key as "reportKey",
              created_at as "createdAt", closed_at as "closedAt"
         from actions.uploads where id = $1`,
      [id],
    );
    return row ? { ...row, position: row.position ?? beginning } : null;
  }

  /** Null: this file was imported before. */
  async insert(request: ImportActionsRequestV1): Promise<number | null> {
    const { orgId, pageId, objectKey, format, settings, isDry, size, requestedBy } = request;
    const [row] = await preparedQuery<{ id: number }>(
      this.manager,
      `insert into actions.uploads (org_id, page_id, object_key, format, settings, is_dry, bytes_total, requested_by)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (object_key) where not is_dry do nothing returning id`,
      [orgId, pageId, objectKey, format, JSON.stringify(settings), isDry, size, requestedBy],
    );
    return row?.id ?? null;
  }

  async countOpen(orgId: number): Promise<number> {
    const [row] = await preparedQuery<{ open: number }>(
      this.manager,
      `select count(*)::int as open from actions.uploads u join actions.jobs j on j.id = u.job_id
        where u.org_id = $1 and u.state in ('waiting', 'reading') and j.state in ('queued', 'running')`,
      [orgId],
    );
    return row?.open ?? 0;
  }

  async setJob(id: number, jobId: number): Promise<void> {
    await preparedQuery(this.manager, 'update actions.uploads set job_id = $2 where id = $1', [id, jobId]);
  }

  /** Of these ids of rows, those that earlier rows of the upload brought. */
  async knownClientIds(id: number, hashes: Buffer[]): Promise<Set<string>> {
    if (hashes.length === 0) return new Set();
    const rows = await preparedQuery<{ hash: Buffer }>(
      this.manager,
      'select id_hash as hash from actions.upload_client_ids where upload_id = $1 and id_hash = any($2::bytea[])',
      [id, byteaArray(hashes)],
    );
    return new Set(rows.map(({ hash }) => hash.toString('hex')));
  }

  async noteBlock(upload: Upload, outcome: BlockOutcome): Promise<void> {
    await preparedQuery(
      this.manager,
      `update actions.uploads set state = 'reading', position = $2, row_count = $3, accepted = accepted + $4,
              refused = refused + $5, duplicates = duplicates + $6
        where id = $1`,
      [
        upload.id,
        JSON.stringify(outcome.position),
        outcome.position.rows,
        outcome.accepted,
        outcome.errors.length,
        outcome.duplicates,
      ],
    );
    await this.keepErrors(upload, outcome.errors);
    if (outcome.clientIds.length > 0) {
      await preparedQuery(
        this.manager,
        'insert into actions.upload_client_ids (upload_id, id_hash) select $1, unnest($2::bytea[]) on conflict do nothing',
        [upload.id, byteaArray(outcome.clientIds)],
      );
    }
    if (outcome.references.length > 0) {
      await preparedQuery(
        this.manager,
        `insert into actions.upload_references (submission_id, upload_id, row_number)
         select n.id::uuid, $1, n.row from unnest($2::text[], $3::bigint[]) as n (id, row) on conflict do nothing`,
        [
          upload.id,
          textArray(outcome.references.map(({ submissionId }) => submissionId)),
          int8Array(outcome.references.map(({ row }) => row)),
        ],
      );
    }
  }

  /** What is in the file is stored by then, or never will be; one that was only tried is there to be imported. */
  async end(upload: Upload, end: UploadEnd): Promise<void> {
    await preparedQuery(
      this.manager,
      `update actions.uploads set state = $2, reason = $3, report_key = $4, finished_at = now() where id = $1`,
      [upload.id, end.state, end.reason ?? null, end.reportKey],
    );
    await preparedQuery(this.manager, 'delete from actions.upload_client_ids where upload_id = $1', [upload.id]);
    if (!upload.isDry) await this.removeObject(upload.objectKey);
    if (end.reportKey !== null) await this.removeObject(end.reportKey, importLimits.keptDays);
  }

  /** Has the job that removes objects do it then. */
  async removeObject(key: string, afterDays = 0): Promise<void> {
    await preparedQuery(
      this.manager,
      `insert into actions.object_removals (key, remove_after) values ($1, now() + $2 * interval '1 day')
       on conflict (key) do update set remove_after = least(actions.object_removals.remove_after, excluded.remove_after)`,
      [key, afterDays],
    );
  }

  /** Null when it had ended. */
  async cancel(id: number, orgId: number): Promise<{ jobId: number } | null> {
    const [row] = await preparedQuery<{ jobId: number }>(
      this.manager,
      `with changed as (
         update actions.uploads set state = 'canceled', finished_at = now()
          where id = $1 and org_id = $2 and state in ('waiting', 'reading') returning job_id)
       select job_id as "jobId" from changed`,
      [id, orgId],
    );
    return row ?? null;
  }

  /** Errors of an upload in the order of its rows. */
  errors(id: number): Promise<{ row: number; field: string | null; reason: string }[]> {
    return preparedQuery(
      this.manager,
      'select row_number as row, field, reason from actions.upload_errors where upload_id = $1 order by row_number, id',
      [id],
    );
  }

  /** Its counts stay. One that never ended is called off. */
  async close(id: number): Promise<void> {
    await preparedQuery(
      this.manager,
      `update actions.uploads set closed_at = now(), report_key = null, finished_at = coalesce(finished_at, now()),
              state = case when state in ('waiting', 'reading') then 'canceled' else state end
        where id = $1`,
      [id],
    );
    await preparedQuery(this.manager, 'delete from actions.upload_errors where upload_id = $1', [id]);
    await preparedQuery(this.manager, 'delete from actions.upload_client_ids where upload_id = $1', [id]);
  }

  private async keepErrors(upload: Upload, errors: RowErrors[]): Promise<void> {
    const room = Math.max(0, importLimits.errorsKept - upload.refused);
    const kept = errors
      .slice(0, room)
      .flatMap(({ row, problems }) => problems.map(({ field, reason }) => ({ row, field, reason })));
    if (kept.length === 0) return;
    await preparedQuery(
      this.manager,
      `insert into actions.upload_errors (upload_id, row_number, field, reason)
       select $1, * from unnest($2::bigint[], $3::text[], $4::text[])`,
      [
        upload.id,
        int8Array(kept.map(({ row }) => row)),
        textArray(kept.map(({ field }) => field)),
        textArray(kept.map(({ reason }) => reason)),
      ],
    );
  }
}
