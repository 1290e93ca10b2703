import type { Database } from '@groundswell/persistence';

/** Which pages the log of catalogue changes names. */
export class PageChangeReadModel {
  constructor(private readonly database: Database) {}

  /** Pages changed after one version and up to another, each once, in the order of their last change. */
  async changedBetween(after: number, upTo: number): Promise<number[]> {
    const rows = await this.database.query<{ id: string }>(
      `select row_id as id from catalog.catalogue_changes
        where version > $1 and version <= $2 and table_name = 'action_pages'
        group by row_id order by max(version), row_id::bigint`,
      [after, upTo],
    );
    return rows.map(({ id }) => Number(id));
  }
}
