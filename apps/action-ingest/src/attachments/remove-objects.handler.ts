import { Inject } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { PermanentJobError, RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import { objectStore, ObjectStoreError, type ObjectStore } from '@groundswell/object-store';
import { Database } from '@groundswell/persistence';
import { removeObjects } from './attachment-jobs';
import { ObjectRemovalRepository } from './object-removal.repository';

type Run = JobRunOf<typeof removeObjects>;

const perStep = 100;

/**
 * Removes objects whose rows are gone: files of erased people, of removed actions. Twice is safe: what is gone is gone. One that the
 * store refuses to remove keeps no other waiting: it is tried again an hour later, and its job has failed.
 */
@RunsJob(removeObjects)
export class RemoveObjectsHandler implements JobHandler<Run['payload'], Run['cursor']> {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(objectStore) private readonly store: ObjectStore | null,
  ) {}

  async run(job: Run): Promise<{ removed: number }> {
    let removed = job.cursor?.removed ?? 0;
    let refused = 0;
    if (!this.store) return { removed };
    for (;;) {
      const keys = await this.database.run((manager) => new ObjectRemovalRepository(manager).due(perStep));
      if (keys.length === 0 && refused > 0) {
        throw new PermanentJobError(`the store refused to remove ${refused} objects`);
      }
      if (keys.length === 0) return { removed };
      const kept = new Set<string>();
      for (const key of keys) {
        job.signal.throwIfAborted();
        if (!(await isRemoved(this.store, key))) kept.add(key);
      }
      refused += kept.size;
      removed += keys.length - kept.size;
      const note = async (manager: EntityManager): Promise<void> => {
        const removals = new ObjectRemovalRepository(manager);
        await removals.done(keys.filter((key) => !kept.has(key)));
        await removals.putOff([...kept]);
      };
      await job.step(note, { cursor: { removed } });
    }
  }
}

/** False where asking again changes nothing for now. */
async function isRemoved(store: ObjectStore, key: string): Promise<boolean> {
  try {
    await store.remove(key);
    return true;
  } catch (error) {
    if (error instanceof ObjectStoreError && error.code === 'refused') return false;
    throw error;
  }
}
