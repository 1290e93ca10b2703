import { JobQueue, JobRunner, type JobType } from '@groundswell/jobs';
import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { requireAnyOf } from '../users/permission-guard';
import { CampaignActivityReadModel, type ActivitySpan } from './campaign-activity.read-model';
import { backfillCampaignDatesJob, closeIdleCampaignsJob } from './upkeep-jobs';

/** Campaigns a dry run names. */
export const listedAtMost = 1_000;
const longestMonths = 1_200;

export interface UpkeepView {
  dryRun: boolean;
  campaigns: string[] | null;
  jobId: string | null;
}

/** What operators have done to the campaigns of all orgs (email-and-mtt.md §8.1). A dry run answers at once, the rest is a job. */
@Injectable()
export class UpkeepService {
  constructor(
    private readonly database: Database,
    private readonly queue: JobQueue,
    private readonly runner: JobRunner,
  ) {}

  async closeIdle(caller: Viewer | null, months: number, isDry: boolean): Promise<UpkeepView> {
    const { userId: actorId } = requireAnyOf({ viewer: caller, membership: null }, 'manage_orgs');
    if (months < 1 || months > longestMonths) throw InputError.at(['months'], `must be from 1 to ${longestMonths}`);
    if (isDry) return this.list((campaigns) => campaigns.idle(months, 0, listedAtMost));
    return this.add(closeIdleCampaignsJob, { months, actorId });
  }

  async backfillDates(caller: Viewer | null, isDry: boolean): Promise<UpkeepView> {
    const { userId: actorId } = requireAnyOf({ viewer: caller, membership: null }, 'manage_orgs');
    if (isDry) return this.list((campaigns) => campaigns.undated(0, listedAtMost));
    return this.add(backfillCampaignDatesJob, { actorId });
  }

  private async list(find: (campaigns: CampaignActivityReadModel) => Promise<ActivitySpan[]>): Promise<UpkeepView> {
    const found = await this.database.run((manager: EntityManager) => find(new CampaignActivityReadModel(manager)));
    return { dryRun: true, campaigns: found.map(({ name }) => name), jobId: null };
  }

  /** With its audit entry; each campaign gets one of its own. */
  private async add<P extends { actorId: number | null }, C>(type: JobType<P, C>, payload: P): Promise<UpkeepView> {
    const by = String(payload.actorId);
    const id = await this.database.transaction(async (manager) => {
      const job = await this.queue.add(manager, type as JobType<P>, { payload, createdBy: `user ${by}` });
      const changeset = { operation: type.name, ...payload };
      await new AuditRepository(manager).insert(by, [{ resource: 'job', resourceId: `catalog:${job.id}`, changeset }]);
      return job.id;
    });
    this.runner.wake();
    return { dryRun: false, campaigns: null, jobId: String(id) };
  }
}
