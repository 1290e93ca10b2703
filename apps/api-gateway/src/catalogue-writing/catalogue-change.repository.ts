import type { EntityManager } from 'typeorm';

export interface ChangedRows {
  version: number;
  rows: { table: string; id: string }[];
}

/** The catalogue's version and which rows a transaction changed. */
export class CatalogueChangeRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Catalogue writes run one after another from here to their commit: no check of one can be undone by another. */
  async lockVersion(): Promise<void> {
    await this.manager.query('select version from catalog.catalogue_version for update');
  }

  /** Rows this transaction changed so far; null when none. */
  async ofThisTransaction(): Promise<ChangedRows | null> {
    const rows: { version: number; table: string; id: string }[] = await this.manager.query(
      `select c.version, c.table_name as "table", c.row_id as id
         from catalog.catalogue_version v join catalog.catalogue_changes c on c.version = v.version
        where v.transaction_id = pg_current_xact_id()`,
    );
    const [first] = rows;
    return first ? { version: first.version, rows: rows.map(({ table, id }) => ({ table, id })) } : null;
  }
}
