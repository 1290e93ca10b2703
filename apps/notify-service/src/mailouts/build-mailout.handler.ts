import { RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import type { Catalogue, OutboxRelay } from '@groundswell/persistence';
import type { MailoutBuilder } from './mailout-builder';
import { buildMailoutJob } from './mailout-jobs';

/** Twice is safe: a step and what it hands over are one transaction, and where building stands is in the mailout's row. */
@RunsJob(buildMailoutJob)
export class BuildMailoutHandler implements JobHandler {
  constructor(
    private readonly catalogue: Pick<Catalogue, 'refresh'>,
    private readonly builder: MailoutBuilder,
    private readonly relay: Pick<OutboxRelay, 'wake'>,
  ) {}

  async run(job: JobRunOf<typeof buildMailoutJob>): Promise<{ handedOver: number }> {
    const { mailoutId } = job.payload;
    await this.catalogue.refresh();
    for (;;) {
      const { next, handedOver } = await job.step(
        (manager) => this.builder.step(manager, mailoutId),
        (step) => ({
          ...(step.next === null ? {} : { cursor: { next: step.next } }),
          progress: { done: step.handedOver, note: step.next === null ? 'over' : `below supporter ${step.next}` },
        }),
      );
      this.relay.wake();
      if (next === null) return { handedOver };
      job.signal.throwIfAborted();
    }
  }
}
