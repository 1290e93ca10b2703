import type { EntityManager } from 'typeorm';
import { statsServiceRefusals, type CancelReportV1, type RequestReportV1 } from '@groundswell/contracts';
import type { JobControl, JobQueue } from '@groundswell/jobs';
import { RpcRefusedError } from '@groundswell/messaging';
import { reportJob } from './report-jobs';
import { ReportRepository } from './report.repository';

/** Reports of one org that are queued or running at once. */
export const openReportsPerOrg = 5;

/** Asking for reports and calling them off, in the transaction that keeps the answer. */
export class ReportRequests {
  constructor(
    private readonly queue: JobQueue,
    private readonly control: JobControl,
    private readonly hasStore: boolean,
  ) {}

  async request(manager: EntityManager, asked: RequestReportV1): Promise<{ reportId: string }> {
    if (!this.hasStore) {
      throw new RpcRefusedError(
        statsServiceRefusals.notConfigured,
        'reports need an object store, and none is configured',
      );
    }
    const reports = new ReportRepository(manager);
    if ((await reports.countOpen(asked.orgId)) >= openReportsPerOrg) {
      const text = `the organisation has ${openReportsPerOrg} reports under way: wait for one, or cancel one`;
      throw new RpcRefusedError(statsServiceRefusals.tooMany, text);
    }
    const id = await reports.nextId();
    const job = await this.queue.add(manager, reportJob, {
      payload: { reportId: id },
      orgId: asked.orgId,
      createdBy: `user ${asked.userId}`,
    });
    await reports.insert(id, job.id, asked);
    return { reportId: String(id) };
  }

  async cancel(
    manager: EntityManager,
    { orgId, reportId }: CancelReportV1,
  ): Promise<{ outcome: 'changed' | 'unchanged' }> {
    const jobId = await new ReportRepository(manager).jobOf(orgId, reportId);
    if (jobId === null) throw new RpcRefusedError(statsServiceRefusals.notFound, 'there is no such report');
    return { outcome: (await this.control.cancel(manager, jobId, orgId)) ? 'changed' : 'unchanged' };
  }
}
