import { ingestQueue, partitionCount } from '@groundswell/contracts';
import { partitionOfRef } from '@groundswell/crypto';
import type { Database, ScheduledTask } from '@groundswell/persistence';
import { lockPartitions } from '../storing/partition-locks';
import { partitionOf } from '../storing/reference';
import { EmptiedRepository } from './emptied.repository';
import { TestingActionRepository, type TestingAction } from './testing-action.repository';

/** Actions looked at in one transaction, whose partitions wait meanwhile; transactions in one run. */
const batchSize = 500;
const batchesPerRun = 200;

const ingestQueues = Array.from({ length: partitionCount }, (_, partition) => ingestQueue(partition));

/**
 * Removes testing actions of pages whose deletion mark is settled, and supporters of those pages that made nothing else
 * (processing.md §1). A signature stays with a supporter that has another action somewhere: its other actions follow the
 * one with consent. So what a supporter names, one of its actions names too, and a page without actions is a page without
 * supporters. What is named by nothing any more is noted for the catalogue's owner. Submission ids stay, so no replay makes
 * anything again. Testing actions count nowhere (§9.1): no counter moves. Twice is safe, side by side too: each
 * transaction looks again under the locks that storing takes.
 */
export class RemoveMarkedTask implements ScheduledTask {
  readonly id = 'remove-marked';
  /** Where the last run stopped. */
  private after = 0;

  constructor(
    private readonly database: Database,
    readonly everyMs: number,
    private readonly logger: { info(fields: object, text: string): void },
  ) {}

  async run(): Promise<void> {
    const marks = await this.database.run((manager) => new EmptiedRepository(manager).settledMarks());
    await this.database.run((manager) => new EmptiedRepository(manager).forgetAllBut(marks));
    if (marks.pages.length + marks.campaigns.length + marks.orgs.length === 0) return;
    if (await this.database.run((manager) => new EmptiedRepository(manager).hasParkedSubmissions(ingestQueues))) {
      this.logger.info({ ...marks }, 'nothing marked is removed while submissions are parked');
      return;
    }
    if (marks.pages.length > 0) await this.removeTestingActions(marks.pages);
    await this.database.run((manager) => new EmptiedRepository(manager).note(marks));
  }

  private async removeTestingActions(pageIds: number[]): Promise<void> {
    let actions = 0;
    let supporters = 0;
    for (let batch = 0; batch < batchesPerRun; batch += 1) {
      const found = await this.database.run((manager) =>
        new TestingActionRepository(manager).findOn(pageIds, this.after, batchSize),
      );
      const removed = await this.removeBatch(found, pageIds);
      actions += removed.actions;
      supporters += removed.supporters;
      this.after = found.length < batchSize ? 0 : (found.at(-1)?.id ?? 0);
      if (this.after === 0) break;
    }
    if (actions + supporters > 0) this.logger.info({ pageIds, actions, supporters }, 'testing actions removed');
  }

  private async removeBatch(
    found: TestingAction[],
    pageIds: number[],
  ): Promise<{ actions: number; supporters: number }> {
    if (found.length === 0) return { actions: 0, supporters: 0 };
    const partitions = new Set(found.map(partitionOfAction));
    return this.database.transaction(async (manager) => {
      await lockPartitions(manager, partitions);
      const testing = new TestingActionRepository(manager);
      // What was linked into yet another partition meanwhile waits for the next run.
      const held = (await testing.lock(found.map(({ id }) => id))).filter((a) => partitions.has(partitionOfAction(a)));
      const actions = await testing.remove(held.map(({ id }) => id));
      const supporterIds = new Set(held.flatMap(({ supporterId }) => supporterId ?? []));
      return { actions, supporters: await testing.removeSupporters([...supporterIds], pageIds) };
    });
  }
}

const partitionOfAction = ({ fingerprint, ref }: TestingAction): number =>
  fingerprint ? partitionOfRef(fingerprint, partitionCount) : partitionOf(ref?.toString() ?? '');
