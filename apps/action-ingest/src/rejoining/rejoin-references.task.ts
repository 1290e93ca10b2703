import type { ScheduledTask } from '@groundswell/persistence';
import type { ReferenceJoiner } from './reference-joiner';

/** Looked at in the first run of a process: whatever was written while no job ran. */
const firstRangeMs = 24 * 3_600_000;
/** Transactions may commit after rows with later times: each run looks this far behind the last one. */
const overlapMs = 5 * 60_000;

/** Finds what a crash kept the storing batch from joining itself. Twice is safe: see ReferenceJoiner. */
export class RejoinReferencesTask implements ScheduledTask {
  readonly id = 'rejoin-references';

  constructor(
    private readonly joiner: ReferenceJoiner,
    readonly everyMs: number,
  ) {}

  run({ since, until }: { since: Date | null; until: Date }): Promise<void> {
    return this.joiner.joinSince(new Date(since ? since.getTime() - overlapMs : until.getTime() - firstRangeMs));
  }
}
