import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { PermanentJobError, RunsJob, type JobHandler, type JobRun, type JobRunOf } from '@groundswell/jobs';
import type { ObjectStore } from '@groundswell/object-store';
import type { Catalogue, Database, OutboxRelay, OutboxRepository, OutboxRow } from '@groundswell/persistence';
import { csvFile } from './csv-file';
import { fileKeyOf, type Cell, type Report, type ReportRows } from './report';
import { reportJob, reportKeptDays } from './report-jobs';
import { memberAddress, readyMail } from './report-mail';
import { ReportRepository } from './report.repository';
import { reportSources } from './sources/report-sources';
import { xlsxFile } from './xlsx-file';

/** How often the progress is written down, ms. */
const progressMs = 2_000;
const secretBytes = 24;
const dayMs = 86_400_000;

const contentTypes: Readonly<Record<Report['format'], string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

export interface ReportParts {
  database: Database;
  catalogue: Catalogue;
  store: ObjectStore | null;
  outbox: OutboxRepository;
  relay: OutboxRelay;
  publicUrl: string;
}

/**
 * Makes the file of a report. What a killed process had written of it is not there: a file is stored whole, under one name, and
 * begun anew. The end of the job, the link and its mail are one step, so there is one of each.
 */
@RunsJob(reportJob)
export class ReportHandler implements JobHandler<{ reportId: number }, never> {
  constructor(private readonly parts: ReportParts) {}

  async run(job: JobRunOf<typeof reportJob>): Promise<{ rows: number; bytes: number }> {
    const { store } = this.parts;
    if (!store) throw new PermanentJobError('no object store is configured');
    const report = await job.step((manager) => new ReportRepository(manager).begin(job.payload.reportId));
    if (!report) throw new PermanentJobError('the report is gone');
    try {
      return await this.make(job, report, store);
    } catch (error) {
      if (error instanceof PermanentJobError) {
        await job.step((manager) => new ReportRepository(manager).noteError(report.id, error.message));
      }
      throw error;
    }
  }

  private async make(
    job: JobRunOf<typeof reportJob>,
    report: Report,
    store: ObjectStore,
  ): Promise<{ rows: number; bytes: number }> {
    await this.parts.catalogue.refresh();
    const counted = new CountedRows(reportSources[report.kind](report, this.parts), job);
    const body =
      report.format === 'csv' ? Readable.from(csvFile(counted), { highWaterMark: 1 }) : await xlsxFile(counted);
    const options = { contentType: contentTypes[report.format], signal: job.signal };
    const { size } = await store.write(fileKeyOf(report), body, options);
    await this.finish(job, report, counted.count, size);
    return { rows: counted.count, bytes: size };
  }

  private async finish(job: JobRunOf<typeof reportJob>, report: Report, rows: number, size: number): Promise<void> {
    const secret = randomBytes(secretBytes).toString('base64url');
    const tokenHash = createHash('sha256').update(secret).digest();
    const offered = await job.step(
      async (manager) => {
        const isThere = await new ReportRepository(manager).finish(report.id, { rows, size, tokenHash });
        if (!isThere) throw new PermanentJobError('the report is gone');
        const org = this.parts.catalogue.orgs.get(report.orgId);
        const email = await memberAddress(manager, report);
        if (!org || email === null) return [];
        const link = `${this.parts.publicUrl}/reports/${report.id}/${secret}`;
        const expiresAt = new Date(Date.now() + reportKeptDays * dayMs);
        const messages = [readyMail({ report, org, email, link, expiresAt })];
        const isClaimed = this.parts.relay.hasRoom(messages);
        const inserted: OutboxRow[] = await this.parts.outbox.insert(manager, messages, isClaimed);
        return isClaimed ? inserted : [];
      },
      { progress: { done: rows } },
    );
    if (offered.length > 0) this.parts.relay.offer(offered);
  }
}

/** Counts rows as they pass, says so now and then, and stops where the job is to end. */
class CountedRows implements ReportRows {
  count = 0;
  readonly columns: readonly string[];
  readonly pages: AsyncIterable<Cell[][]>;

  constructor({ columns, pages }: ReportRows, job: Pick<JobRun, 'signal' | 'step'>) {
    this.columns = columns;
    this.pages = this.pass(pages, job);
  }

  private async *pass(pages: ReportRows['pages'], job: Pick<JobRun, 'signal' | 'step'>) {
    let notedAt = performance.now();
    for await (const rows of pages) {
      job.signal.throwIfAborted();
      this.count += rows.length;
      yield rows;
      if (performance.now() - notedAt < progressMs) continue;
      await job.step(() => Promise.resolve(), { progress: { done: this.count } });
      notedAt = performance.now();
    }
  }
}
