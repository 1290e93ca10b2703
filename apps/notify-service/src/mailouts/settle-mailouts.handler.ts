import { RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import { ErasedRecipients } from './erased-recipients';
import { settleMailoutsJob } from './mailout-jobs';
import { MailoutPeopleRepository } from './mailout-people.repository';
import { MailoutRepository } from './mailout.repository';

/** Twice is safe: what has ended stays so, and who is forgotten too. */
@RunsJob(settleMailoutsJob)
export class SettleMailoutsHandler implements JobHandler {
  async run(job: JobRunOf<typeof settleMailoutsJob>): Promise<{ ended: number[] }> {
    const ended = await job.step(async (manager) => {
      const mailouts = new MailoutRepository(manager);
      await mailouts.stopForgotten();
      return mailouts.settle();
    });
    job.signal.throwIfAborted();
    await job.step(async (manager) => {
      await new MailoutPeopleRepository(manager).forget();
      await new ErasedRecipients(manager).forget();
    });
    return { ended };
  }
}
