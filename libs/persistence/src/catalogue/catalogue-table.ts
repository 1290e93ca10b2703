import type { EntityManager } from 'typeorm';

/** Ids as rows hold them: numbers, or the text of a UUID. The change log has them all as text. */
const idOf = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text);

/** One catalogue table in memory: rows by id, kept current row by row. */
export class CatalogueTable<Row extends { id: number | string }> {
  readonly rows = new Map<number | string, Row>();

  /** `columns` are camelCase properties; each is read from its snake_case column. */
  constructor(
    readonly name: string,
    readonly columns: readonly (keyof Row & string)[],
    private readonly onChange: (before: Row | undefined, after: Row | undefined) => void,
  ) {}

  get(id: number | string): Row | undefined {
    return this.rows.get(id);
  }

  /** Reads every row; what it returns puts them in place, in one synchronous step. */
  async readAll(manager: EntityManager): Promise<() => void> {
    const rows = await this.read(manager, '');
    return () => this.replace(rows, new Set(this.rows.keys()));
  }

  /** Reads the rows with these ids; those no longer there are removed when it is applied. */
  async readSome(manager: EntityManager, ids: string[]): Promise<() => void> {
    const rows = await this.read(manager, 'where id::text = any($1::text[])', [ids]);
    return () => this.replace(rows, new Set(ids.map(idOf)));
  }

  /** Rows of a copy; whatever is there under the same ids is replaced. */
  putAll(rows: Iterable<Row>): void {
    for (const row of rows) this.put(row);
  }

  private replace(rows: Row[], gone: Set<number | string>): void {
    for (const row of rows) {
      gone.delete(row.id);
      this.put(row);
    }
    for (const id of gone) this.remove(id);
  }

  private read(manager: EntityManager, where: string, parameters: unknown[] = []): Promise<Row[]> {
    const columns = this.columns.map((column) => {
      const name = column.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      // A date has no time zone; the driver would make it midnight of this process's own.
      return `"${name}"${name.endsWith('_date') ? '::text' : ''} as "${column}"`;
    });
    return manager.query(`select ${columns.join(', ')} from catalog.${this.name} ${where}`, parameters);
  }

  private put(row: Row): void {
    const before = this.rows.get(row.id);
    this.rows.set(row.id, row);
    this.onChange(before, row);
  }

  private remove(id: number | string): void {
    const before = this.rows.get(id);
    if (!before) return;
    this.rows.delete(id);
    this.onChange(before, undefined);
  }
}
