import type { Database } from '@groundswell/persistence';

/** What topology-service has written about the queues of our own services. */
export class SystemQueueReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  async isConfirmed(): Promise<boolean> {
    const [row] = await this.database.query<{ state: string }>(
      `select state from topology.queue_sets where scope = 'system'`,
    );
    return row?.state === 'confirmed';
  }
}
