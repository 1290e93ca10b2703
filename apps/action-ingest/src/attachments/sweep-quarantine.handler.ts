import { Inject } from '@nestjs/common';
import { importLimits, keyedAtMs, quarantinePrefix } from '@groundswell/contracts';
import { RunsJob, type JobHandler, type JobRunOf } from '@groundswell/jobs';
import { objectStore, type ObjectStore } from '@groundswell/object-store';
import { Database } from '@groundswell/persistence';
import { sweepQuarantine } from './attachment-jobs';
import { AttachmentRepository } from './attachment.repository';
import { ObjectRemovalRepository } from './object-removal.repository';

type Run = JobRunOf<typeof sweepQuarantine>;

const hourMs = 3_600_000;
/** How long a file waits to be attached or read in, by where it lies. */
const unusedMs: Record<string, number> = {
  [quarantinePrefix]: 24 * hourMs,
  'uploads/': importLimits.keptDays * 24 * hourMs,
};
const prefixes = Object.keys(unusedMs);

/** Has files removed that were sent and that nothing named in time. Twice is safe: an object is noted to go once. */
@RunsJob(sweepQuarantine)
export class SweepQuarantineHandler implements JobHandler<Run['payload'], Run['cursor']> {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(objectStore) private readonly store: ObjectStore | null,
  ) {}

  async run(job: Run): Promise<{ removed: number }> {
    let removed = 0;
    if (!this.store) return { removed };
    const begin = job.cursor ? prefixes.indexOf(job.cursor.prefix) : 0;
    for (const prefix of prefixes.slice(Math.max(0, begin))) {
      let after = job.cursor?.prefix === prefix ? job.cursor.after : prefix;
      for (let isMore = true; isMore;) {
        job.signal.throwIfAborted();
        const page = await this.store.list(prefix, after);
        const unused = await this.unusedOf(page.keys, unusedMs[prefix] ?? Infinity);
        removed += unused.length;
        after = page.keys.at(-1) ?? after;
        isMore = page.isMore;
        await job.step((manager) => new ObjectRemovalRepository(manager).add(unused), {
          cursor: { prefix, after },
          progress: { done: removed },
        });
      }
    }
    return { removed };
  }

  private async unusedOf(keys: readonly string[], afterMs: number): Promise<string[]> {
    const before = Date.now() - afterMs;
    const old = keys.filter((key) => (keyedAtMs(key) ?? Infinity) < before);
    if (old.length === 0) return [];
    const ids = old.flatMap((key) => (key.startsWith(quarantinePrefix) ? [key.slice(quarantinePrefix.length)] : []));
    const used = await this.database.run(async (manager) => {
      const attachments = new AttachmentRepository(manager);
      const waiting = await attachments.waiting(ids);
      return new Set([...[...waiting].map((id) => `${quarantinePrefix}${id}`), ...(await attachments.readIn(old))]);
    });
    return old.filter((key) => !used.has(key));
  }
}
