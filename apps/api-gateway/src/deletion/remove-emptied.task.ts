import type { Database, ScheduledTask } from '@groundswell/persistence';
import type { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { EmptiedRowsRepository, type RemovedRow } from './emptied-rows.repository';
import type { RemovalPasses } from './removal-passes';

/**
 * Takes what was deleted by mark out of the catalogue at last: passes tell when everything accepted before is stored,
 * action-ingest empties the pages (its task `remove-marked`), and what nothing names any more goes here. Names and external
 * ids are free then. Twice is safe: a step is taken by what is found under the catalogue's lock.
 */
export class RemoveEmptiedTask implements ScheduledTask {
  readonly id = 'remove-emptied';

  constructor(
    private readonly database: Database,
    private readonly passes: RemovalPasses,
    private readonly writer: CatalogueWriter,
    private readonly logger: { info(fields: object, text: string): void },
    readonly everyMs: number,
  ) {}

  async run(): Promise<void> {
    await this.passes.advance();
    const areThere = await this.database.run((manager) => new EmptiedRowsRepository(manager).areThere());
    if (areThere) await this.removeRows();
  }

  private async removeRows(): Promise<void> {
    const removed = await this.writer.write(null, async (manager, effects) => {
      const emptied = new EmptiedRowsRepository(manager);
      const rows: Record<string, RemovedRow[]> = {
        action_page: await emptied.removePages(),
        campaign: await emptied.removeCampaigns(),
        org: await emptied.removeOrgs(),
      };
      for (const [resource, gone] of Object.entries(rows)) {
        for (const { id, orgId } of gone) effects.audit(resource, id, { operation: 'removeMarked', orgId });
      }
      return rows;
    });
    this.logger.info({ removed }, 'deleted rows removed');
  }
}
