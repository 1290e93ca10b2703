import { RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import { CampaignUpkeep } from './campaign-upkeep';
import { backfillCampaignDatesJob, closeIdleCampaignsJob } from './upkeep-jobs';

const nothing = () => Promise.resolve();

/** A campaign is closed once, also where its transaction was the last thing a process did: only the count may miss it. */
@RunsJob(closeIdleCampaignsJob)
export class CloseIdleCampaignsHandler implements JobHandler {
  constructor(private readonly upkeep: CampaignUpkeep) {}

  async run(job: JobRunOf<typeof closeIdleCampaignsJob>) {
    const { months, actorId } = job.payload;
    let at = job.cursor ?? { afterId: 0, withActions: 0, withoutActions: 0 };
    for (;;) {
      job.signal.throwIfAborted();
      const part = await this.upkeep.close(months, at.afterId, actorId);
      const { withActions, withoutActions } = at;
      if (!part) return { closed: withActions + withoutActions, withActions, withoutActions };
      at = {
        afterId: part.lastId,
        withActions: withActions + part.withActions,
        withoutActions: withoutActions + part.withoutActions,
      };
      await job.step(nothing, { cursor: at, progress: { done: at.withActions + at.withoutActions } });
    }
  }
}

@RunsJob(backfillCampaignDatesJob)
export class BackfillCampaignDatesHandler implements JobHandler {
  constructor(private readonly upkeep: CampaignUpkeep) {}

  async run(job: JobRunOf<typeof backfillCampaignDatesJob>) {
    let at = job.cursor ?? { afterId: 0, filled: 0 };
    for (;;) {
      job.signal.throwIfAborted();
      const part = await this.upkeep.backfill(at.afterId, job.payload.actorId);
      if (!part) return { filled: at.filled };
      at = { afterId: part.lastId, filled: at.filled + part.filled };
      await job.step(nothing, { cursor: at, progress: { done: at.filled } });
    }
  }
}
