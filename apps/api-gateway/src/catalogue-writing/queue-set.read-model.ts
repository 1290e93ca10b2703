import type { Database } from '@groundswell/persistence';

/** What topology-service says is declared, bound and old enough to rely on. */
export class QueueSetReadModel {
  constructor(private readonly database: Database) {}

  /** Org id → version of its topology, of each org whose queues are all there. */
  async confirmedVersions(): Promise<Map<number, string>> {
    const rows = await this.database.query<{ orgId: number; version: string }>(
      `select substr(scope, 5)::bigint as "orgId", version from topology.queue_sets
        where scope ~ '^org:[0-9]+$' and state = 'confirmed'`,
    );
    return new Map(rows.map(({ orgId, version }) => [orgId, version]));
  }
}
