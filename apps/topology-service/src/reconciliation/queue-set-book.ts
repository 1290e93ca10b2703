import type { Logger } from '@groundswell/observability';
import type { LossRepository } from '../losses/loss.repository';
import type { Loss } from '../losses/losses-of';
import type { QueueMarkRepository } from '../losses/queue-mark.repository';
import { isSameRow } from './next-state';
import type { QueueSet, QueueSetRepository } from './queue-set.repository';
import type { ReconcileLease } from './reconcile-lease';
import type { TopologyAnnouncer } from './topology-announcer';

export interface QueueSetBookParts {
  queueSets: QueueSetRepository;
  losses: LossRepository;
  marks: QueueMarkRepository;
  lease: ReconcileLease;
  announcer: TopologyAnnouncer;
  logger: Logger;
}

/** The rows of queue_sets during one round: read once, written as they change, each change announced. What was lost, and
 *  that it is rebuilt, is written together with the state that says so. */
export class QueueSetBook {
  private constructor(
    private readonly parts: QueueSetBookParts,
    readonly rows: Map<string, QueueSet>,
  ) {}

  static async open(parts: QueueSetBookParts): Promise<QueueSetBook> {
    const rows = new Map((await parts.queueSets.all()).map((row) => [row.scope, row]));
    return new QueueSetBook(parts, rows);
  }

  /** Writes those that differ, all or none. Throws LeaseLostError. */
  async save(rows: readonly QueueSet[], found: readonly Loss[] = []): Promise<void> {
    const { queueSets, losses, marks, lease, announcer, logger } = this.parts;
    const changed = rows.filter((row) => !isSameRow(this.rows.get(row.scope), row));
    if (changed.length + found.length === 0) return;
    const confirmed = changed.filter(({ state }) => state === 'confirmed').map(({ scope }) => scope);
    await lease.write(async (manager) => {
      await losses.record(manager, found);
      await queueSets.save(manager, changed);
      if (confirmed.length === 0) return;
      await marks.confirmed(manager, confirmed);
      await losses.rebuilt(manager, confirmed);
    });
    for (const row of changed) {
      const before = this.rows.get(row.scope);
      this.rows.set(row.scope, row);
      if (before?.state === row.state && before.version === row.version) continue;
      announcer.add(row);
      const { scope, state, version, detail } = row;
      logger[state === 'damaged' ? 'error' : 'info']({ scope, state, version, detail }, 'queue set changed');
    }
  }

  async remove(scopes: readonly string[]): Promise<void> {
    if (scopes.length === 0) return;
    const { queueSets, marks, lease, logger } = this.parts;
    const queues = scopes.flatMap((scope) => this.rows.get(scope)?.queues ?? []);
    await lease.write(async (manager) => {
      await queueSets.remove(manager, scopes);
      await marks.forget(manager, queues);
    });
    for (const scope of scopes) this.rows.delete(scope);
    logger.info({ scopes }, 'queue sets of orgs that are gone removed');
  }
}
