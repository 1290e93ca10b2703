import { RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import { Database } from '@groundswell/persistence';
import { LateReferenceRepository } from './late-reference.repository';
import { ReferenceJoiner } from './reference-joiner';
import { resolveReference } from './resolve-reference.job-type';

type Run = JobRunOf<typeof resolveReference>;

const dueAtOnce = 1_000;

/**
 * Arrival links: whatever is stored later finds what waits for it. This looks after what crossed all the same, ever more rarely; gives up
 * after a week, and says so; and forgets after two. Twice is safe: a linked action is left alone.
 */
@RunsJob(resolveReference)
export class ResolveReferenceHandler implements JobHandler<object, { step: number }> {
  constructor(
    private readonly database: Database,
    private readonly joiner: ReferenceJoiner,
  ) {}

  async run(job: Run): Promise<{ tried: number; givenUp: number }> {
    await this.each(job, (references) => references.noteNew());
    await this.each(job, (references) => references.nameUploaded());
    const tried = await this.tryDue(job);
    const givenUp = await this.each(job, (references) => references.giveUp());
    await this.each(job, (references) => references.purge());
    return { tried, givenUp };
  }

  private async tryDue(job: Run): Promise<number> {
    let tried = 0;
    for (;;) {
      const due = await this.database.run((manager) => new LateReferenceRepository(manager).due(dueAtOnce));
      if (due.length === 0) return tried;
      await this.joiner.joinRefs([...new Set(due.map(({ ref }) => ref))].filter((ref) => ref !== ''));
      const ids = due.map(({ actionId }) => actionId);
      await job.step((manager) => new LateReferenceRepository(manager).settle(ids), this.moved(job));
      tried += due.length;
    }
  }

  /** One step per chunk until nothing is left. */
  private async each(job: Run, work: (references: LateReferenceRepository) => Promise<number>): Promise<number> {
    let all = 0;
    for (;;) {
      const done = await job.step((manager) => work(new LateReferenceRepository(manager)), this.moved(job));
      if (done === 0) return all;
      all += done;
    }
  }

  private readonly moved = (job: Run) => ({ cursor: { step: (job.cursor?.step ?? 0) + 1 } });
}
