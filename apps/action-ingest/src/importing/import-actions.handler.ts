import { Inject } from '@nestjs/common';
import { importLimits } from '@groundswell/contracts';
import { JobQueue, PermanentJobError, RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import { TransientError } from '@groundswell/messaging';
import { objectStore, ObjectStoreError, type ObjectStore } from '@groundswell/object-store';
import { Catalogue, Database } from '@groundswell/persistence';
import { PageScopes, type BuiltSubmission, type PageScope, type SubmissionBuilder } from '@groundswell/submissions';
import { csvRows } from './csv-rows';
import { errorReport, reportKeyOf } from './error-report';
import { inSlices } from './file-slices';
import { importActions, stepRows, turnRows } from './import-jobs';
import { jsonRows } from './json-rows';
import { requireLookupRoom } from './lookup-room';
import { RowBuilder, type BuiltRow, type NamedRow } from './row-builder';
import { RowPublisher } from './row-publisher';
import { rowSubmissions } from './row-submissions';
import { isSilentConfirm } from './silent-confirm';
import {
  UploadRepository,
  type BlockOutcome,
  type Upload,
  type UploadEnd,
  type UploadPosition,
} from './upload.repository';
import { UnreadableFileError, type FileRow } from './uploaded-row';

/** Built rows that wait to be published, bytes at most. */
const waitingBytes = 4 * 1024 * 1024;

type Run = JobRunOf<typeof importActions>;

/**
 * Reads a file of actions from where the last step left it. Rows are published before the step that counts them: whatever is killed
 * in between is published again under the same ids, and stored once.
 */
@RunsJob(importActions)
export class ImportActionsHandler implements JobHandler<{ uploadId: number; turn: number }, { rows: number }> {
  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly queue: JobQueue,
    private readonly publisher: RowPublisher,
    @Inject(objectStore) private readonly store: ObjectStore | null,
    @Inject(rowSubmissions) private readonly builder: SubmissionBuilder | null,
  ) {}

  async run(job: Run): Promise<{ rows: number }> {
    const upload = await this.database.run((manager) => new UploadRepository(manager).find(job.payload.uploadId));
    if (!upload || (upload.state !== 'waiting' && upload.state !== 'reading')) return { rows: 0 };
    // Killed between its last step, which put the next turn in its place, and its end.
    if (upload.jobId !== job.id) return { rows: 0 };
    try {
      if (await this.readTurn(job, upload)) await this.finish(job, upload, { state: 'complete' });
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw thrownBy(error);
      await this.finish(job, upload, { state: 'refused', reason: error.message });
    }
    return { rows: upload.position.rows };
  }

  /** True at the end of the file. `upload` holds what was done afterwards. */
  private async readTurn(job: Run, upload: Upload): Promise<boolean> {
    const rows = new RowBuilder(this.builderOrFail(), upload);
    const lastRow = upload.position.rows + turnRows;
    for await (const block of inBlocks(await this.rowsOf(upload, job.signal))) {
      const row = block.at(-1)?.number ?? 0;
      if (row > importLimits.rows) throw new UnreadableFileError(`has more than ${importLimits.rows} rows`);
      await this.take(job, upload, rows, block, row >= lastRow);
      if (row >= lastRow) return false;
    }
    return true;
  }

  private async rowsOf(upload: Upload, signal: AbortSignal): Promise<AsyncIterable<FileRow>> {
    const { offset, rows, columns } = upload.position;
    const source = inSlices(await this.storeOrFail().read(upload.objectKey, { from: offset, signal }));
    if (upload.format === 'json') return jsonRows(source, upload.settings, { offset, rows });
    return csvRows(source, upload.settings, { offset, rows, columns }, (read) => {
      upload.position = { ...upload.position, columns: read };
    });
  }

  private async take(job: Run, upload: Upload, rows: RowBuilder, block: FileRow[], isTurnOver: boolean): Promise<void> {
    const named = block.map((row) => rows.name(row));
    const fresh = await this.withoutRepeats(upload, named);
    // The page, and what its campaign asks for, as they are now.
    await this.catalogue.refresh();
    const scope = this.scopeOf(upload);
    if (!upload.isDry && scope.collector.detailBackendId !== null) {
      await requireLookupRoom(this.database, upload.orgId);
    }
    const last = block.at(-1) as FileRow;
    const position: UploadPosition = { ...upload.position, offset: last.end, rows: last.number };
    const outcome: BlockOutcome = {
      position,
      accepted: 0,
      duplicates: named.length - fresh.length,
      errors: [],
      clientIds: fresh.flatMap(({ clientIdHash }) => clientIdHash ?? []),
      references: [],
    };
    await this.publishRows(
      job,
      upload,
      this.built(fresh, (row) => rows.build(row, scope), outcome, job.signal),
    );
    // What is only tried names nobody for good.
    if (upload.isDry) outcome.references = [];
    const progress = { done: position.offset, total: upload.bytesTotal, note: `row ${position.rows}` };
    await job.step(
      async (manager) => {
        const uploads = new UploadRepository(manager);
        await uploads.noteBlock(upload, outcome);
        if (!isTurnOver) return;
        const payload = { uploadId: upload.id, turn: job.payload.turn + 1 };
        const { id } = await this.queue.add(manager, importActions, { payload, orgId: upload.orgId });
        await uploads.setJob(upload.id, id);
      },
      { cursor: { rows: position.rows }, progress },
    );
    upload.position = position;
    upload.refused += outcome.errors.length;
  }

  /** What becomes of each row is noted in `outcome`. Null: a row that is not published. */
  private async *built(
    fresh: readonly NamedRow[],
    build: (row: NamedRow) => BuiltRow,
    outcome: BlockOutcome,
    signal: AbortSignal,
  ): AsyncGenerator<BuiltSubmission | null> {
    let left = this.publisher.groupRows;
    for (const named of fresh) {
      if (left === 0) {
        await this.publisher.breathe(signal);
        left = this.publisher.groupRows;
      }
      left -= 1;
      const row = build(named);
      if (row.kind === 'refused') {
        outcome.errors.push({ row: row.number, problems: row.problems });
        yield null;
        continue;
      }
      const { submission } = row.built;
      outcome.accepted += 1;
      if (row.namesSomebody) outcome.references.push({ submissionId: submission.id, row: row.number });
      yield row.built;
    }
  }

  /**
   * Rows go to one partition after the other: a group is one batch of action-ingest's, or two. In the order of the file it would be a
   * batch for each of the sixteen partitions, and people who sign meanwhile would feel it.
   */
  private async publishRows(job: Run, upload: Upload, rows: AsyncIterable<BuiltSubmission | null>): Promise<void> {
    let waiting: BuiltSubmission[] = [];
    let bytes = 0;
    let passed = 0;
    const flush = async (): Promise<void> => {
      waiting.sort((one, other) => one.partition - other.partition);
      await this.publisher.publish(waiting, job.signal);
      await this.publisher.pass(passed, job.signal);
      waiting = [];
      bytes = 0;
      passed = 0;
    };
    for await (const row of rows) {
      if (row === null || upload.isDry) {
        passed += 1;
        continue;
      }
      waiting.push(row);
      bytes += row.json.length;
      if (bytes >= waitingBytes) await flush();
    }
    await flush();
  }

  /** Without rows whose id an earlier row of the file brought. The first one counts, also where it is refused. */
  private async withoutRepeats(upload: Upload, rows: NamedRow[]): Promise<NamedRow[]> {
    const hashes = rows.flatMap(({ clientIdHash }) => clientIdHash ?? []);
    const known = await this.database.run((manager) => new UploadRepository(manager).knownClientIds(upload.id, hashes));
    return rows.filter(({ clientIdHash }) => {
      if (clientIdHash === null) return true;
      const hash = clientIdHash.toString('hex');
      if (known.has(hash)) return false;
      known.add(hash);
      return true;
    });
  }

  private async finish(job: Run, upload: Upload, end: Omit<UploadEnd, 'reportKey'>): Promise<void> {
    const errors = await this.database.run((manager) => new UploadRepository(manager).errors(upload.id));
    const reportKey = errors.length === 0 ? null : reportKeyOf(upload);
    if (reportKey !== null) {
      await this.storeOrFail().write(reportKey, errorReport(errors), { contentType: 'text/csv', signal: job.signal });
    }
    await job.step((manager) => new UploadRepository(manager).end(upload, { ...end, reportKey }), {
      progress: { done: upload.bytesTotal, total: upload.bytesTotal, note: `row ${upload.position.rows}` },
    });
  }

  private scopeOf({ pageId, orgId, settings }: Upload): PageScope {
    const scope = new PageScopes(this.catalogue).find(pageId);
    if (scope?.collector.id !== orgId) throw new UnreadableFileError('its action page is gone');
    if (isSilentConfirm(scope, settings)) {
      throw new UnreadableFileError('supporters of its campaign confirm by mail now: the import must send mails');
    }
    return scope;
  }

  private storeOrFail(): ObjectStore {
    if (!this.store) throw new PermanentJobError('no object store is configured');
    return this.store;
  }

  private builderOrFail(): SubmissionBuilder {
    if (!this.builder) throw new PermanentJobError('FINGERPRINT_SEED or ENVELOPE_KEY is not configured');
    return this.builder;
  }
}

/** Rows by the step. Those before a fault of the file come before it. */
async function* inBlocks(rows: AsyncIterable<FileRow>): AsyncGenerator<FileRow[]> {
  let block: FileRow[] = [];
  let fault: UnreadableFileError | null = null;
  try {
    for await (const row of rows) {
      block.push(row);
      if (block.length < stepRows) continue;
      yield block;
      block = [];
    }
  } catch (error) {
    if (!(error instanceof UnreadableFileError)) throw error;
    fault = error;
  }
  if (block.length > 0) yield block;
  if (fault) throw fault;
}

/** A store that does not answer is a fault of the surroundings; a file that is gone ends the upload. */
function thrownBy(error: unknown): unknown {
  if (!(error instanceof ObjectStoreError)) return error;
  if (error.code === 'unavailable') return new TransientError(error.message, { cause: error });
  return new PermanentJobError(error.code === 'not_found' ? 'the file is gone' : error.message, { cause: error });
}
