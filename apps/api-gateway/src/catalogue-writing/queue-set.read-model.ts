import type { Database } from '@groundswell/persistence';

const systemScope = 'system';
const orgScope = /^org:(\d+)$/;

export interface ConfirmedQueues {
  /** Ours: ingest, facts, mail. */
  isSystemConfirmed: boolean;
  /** Org id → version of its topology. */
  orgVersions: ReadonlyMap<number, string>;
}

/** What topology-service says is declared, bound and old enough to rely on. */
export class QueueSetReadModel {
  constructor(private readonly database: Database) {}

  async confirmed(): Promise<ConfirmedQueues> {
    const rows = await this.database.query<{ scope: string; version: string }>(
      `select scope, version from topology.queue_sets where state = 'confirmed'`,
    );
    const orgVersions = new Map<number, string>();
    for (const { scope, version } of rows) {
      const id = orgScope.exec(scope)?.[1];
      if (id !== undefined) orgVersions.set(Number(id), version);
    }
    return { isSystemConfirmed: rows.some(({ scope }) => scope === systemScope), orgVersions };
  }
}
