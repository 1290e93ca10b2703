import type { Logger } from '@groundswell/observability';
import { isSameRow } from './next-state';
import type { QueueSet, QueueSetRepository } from './queue-set.repository';
import type { ReconcileLease } from './reconcile-lease';
import type { TopologyAnnouncer } from './topology-announcer';

/** The rows of queue_sets during one round: read once, written as they change, each change announced. */
export class QueueSetBook {
  private constructor(
    private readonly repository: QueueSetRepository,
    private readonly lease: ReconcileLease,
    private readonly announcer: TopologyAnnouncer,
    private readonly logger: Logger,
    readonly rows: Map<string, QueueSet>,
  ) {}

  static async open(
    repository: QueueSetRepository,
    lease: ReconcileLease,
    announcer: TopologyAnnouncer,
    logger: Logger,
  ): Promise<QueueSetBook> {
    const rows = new Map((await repository.all()).map((row) => [row.scope, row]));
    return new QueueSetBook(repository, lease, announcer, logger, rows);
  }

  /** Writes those that differ, all or none. Throws LeaseLostError. */
  async save(rows: readonly QueueSet[]): Promise<void> {
    const changed = rows.filter((row) => !isSameRow(this.rows.get(row.scope), row));
    if (changed.length === 0) return;
    await this.lease.write((manager) => this.repository.save(manager, changed));
    for (const row of changed) {
      const before = this.rows.get(row.scope);
      this.rows.set(row.scope, row);
      if (before?.state === row.state && before.version === row.version) continue;
      this.announcer.add(row);
      const { scope, state, version, detail } = row;
      this.logger[state === 'damaged' ? 'error' : 'info']({ scope, state, version, detail }, 'queue set changed');
    }
  }

  async remove(scopes: readonly string[]): Promise<void> {
    if (scopes.length === 0) return;
    await this.lease.write((manager) => this.repository.remove(manager, scopes));
    for (const scope of scopes) this.rows.delete(scope);
    this.logger.info({ scopes }, 'queue sets of orgs that are gone removed');
  }
}
