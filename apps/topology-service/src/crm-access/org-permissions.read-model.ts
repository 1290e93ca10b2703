import type { Database } from '@groundswell/persistence';
import type { Permissions } from '../broker/management.client';
import { customQueueNames, orgScopeName } from '../desired/org-scope';
import { isTransit } from '../desired/queue-kinds';
import type { QueueSetRepository } from '../reconciliation/queue-set.repository';
import { orgPermissions } from '../users/permissions';

/** What an org's software may read, by what the last round wrote down; the next round puts right what has changed since. */
export class OrgPermissionsReadModel {
  constructor(
    private readonly database: Database,
    private readonly queueSets: Pick<QueueSetRepository, 'all'>,
  ) {}

  /** Null without such an org. */
  async of(orgId: number): Promise<Permissions | null> {
    const [org] = await this.database.query<{ id: number; name: string }>(
      'select id, name from catalog.orgs where id = $1 and deleted_at is null',
      [orgId],
    );
    if (!org) return null;
    const scope = orgScopeName(orgId);
    const rows = await this.queueSets.all();
    const held = rows.find((row) => row.scope === scope)?.queues ?? [];
    const heldByOthers = new Set(rows.filter((row) => row.scope !== scope).flatMap(({ queues }) => queues));
    return orgPermissions(
      org,
      held.filter((queue) => !queue.endsWith('.webhook') && !isTransit(queue)),
      customQueueNames(org).filter((queue) => heldByOthers.has(queue)),
    );
  }
}
