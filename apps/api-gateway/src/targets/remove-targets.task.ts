import type { Database, ScheduledTask } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import type { CatalogueWriter } from '../catalogue-writing/catalogue-writer';

/** How long a target deleted by mark stays: a signature under way may still name it. */
const restDays = 7;
/** In one transaction: other writers of the catalogue wait for it. */
const rowsAtOnce = 500;

const removable = `from catalog.targets t
  where t.deleted_at < now() - interval '${restDays} days'
    and not exists (select from actions.messages m where m.target_id = t.id)`;

/** Takes targets deleted by mark out of the catalogue once nothing names them (email-and-mtt.md §5.2). Twice is safe. */
export class RemoveTargetsTask implements ScheduledTask {
  readonly id = 'remove-targets';

  constructor(
    private readonly database: Database,
    private readonly writer: CatalogueWriter,
    readonly everyMs: number,
  ) {}

  async run(): Promise<void> {
    const found = await this.database.query(`select ${removable} limit 1`);
    if (found.length === 0) return;
    await this.writer.write(null, async (manager, effects) => {
      for (const { id } of await removeSome(manager)) effects.audit('target', id, { operation: 'removeMarked' });
    });
  }
}

async function removeSome(manager: EntityManager): Promise<{ id: string }[]> {
  const [rows]: [{ id: string }[], number] = await manager.query(
    `delete from catalog.targets where id in (select t.id ${removable} order by t.id limit ${rowsAtOnce}) returning id`,
  );
  return rows;
}
