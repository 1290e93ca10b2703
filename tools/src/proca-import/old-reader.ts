import type { Client } from 'pg';
import { connectTo } from './connection';
import { oldTable, oldTableNames, type OldTableName } from './old-schema';
import { pageGroup, pageNumberSql, pageOf, type Page } from './pages';
import type { Row, TableCopy } from './table-copy';

/** A page as the old server has it now. `digest` changes with anything this import reads of it. */
export interface PageSum {
  page: Page;
  rows: number;
  digest: string;
}

/** The old database lacks what this import reads. */
export class OldSchemaError extends Error {
  readonly code = 'proca_import.schema';
}

/** Reads a Proca server's database: one connection, one snapshot for all of a run, and nothing but SELECT. */
export class OldReader {
  /** Columns of each table that it lacks; only optional ones. */
  private readonly missing = new Map<OldTableName, string[]>();

  private constructor(
    private readonly client: Client,
    /** As an SQL identifier. */
    readonly schemaName: string,
  ) {}

  /** Throws OldSchemaError. */
  static async open(url: string, schema: string): Promise<OldReader> {
    const client = await connectTo(url);
    const reader = new OldReader(client, client.escapeIdentifier(schema));
    try {
      await client.query('begin isolation level repeatable read read only');
      await reader.checkColumns(schema);
      return reader;
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.client.end();
  }

  /** `text` as an SQL literal. */
  literal(text: string): string {
    return this.client.escapeLiteral(text);
  }

  /** A table, as SQL that has all columns of its description: those the server lacks are null. */
  table(name: OldTableName): string {
    const missing = this.missing.get(name) ?? [];
    const { optional = {} } = oldTable(name);
    const nulls = missing.map((column) => `null::${typeOf(optional[column] ?? 'text')} as "${column}"`);
    const whole = `${this.schemaName}.${name}`;
    return nulls.length === 0 ? whole : `(select w.*, ${nulls.join(', ')} from ${whole} w)`;
  }

  async rows<R extends object>(sql: string, parameters: unknown[] = []): Promise<R[]> {
    return (
      await this.client.query<R>(
        sql.replaceAll('$schema', () => this.schemaName),
        parameters,
      )
    ).rows;
  }

  /** Sums of all pages that have rows, in the order of their numbers. */
  async survey(copy: TableCopy): Promise<PageSum[]> {
    const sums: PageSum[] = [];
    for (let number = await this.pageFrom(copy, 0); number !== null;) {
      const group = pageGroup(copy.from, number);
      const found = await this.rows<{ number: string; rows: string; digest: string }>(
        `select ${pageNumberSql(copy.from, 't.id')} as number, count(*) as rows,
                md5(string_agg(md5(row(${expressions(copy).join(', ')})::text), '' order by t.id)) as digest
           from ${this.table(copy.from)} t
          where t.id between $1 and $2${also(copy)} group by 1 order by 1`,
        [group.from, group.to],
      );
      for (const { number: page, rows, digest } of found) {
        sums.push({ page: pageOf(copy.from, Number(page)), rows: Number(rows), digest });
      }
      number = await this.pageFrom(copy, group.next);
    }
    return sums;
  }

  readPage(copy: TableCopy, page: Page): Promise<Row[]> {
    return this.rows<Row>(
      `select ${expressions(copy)
        .map((expression, index) => `(${expression})::text as "${readNames(copy)[index]}"`)
        .join(', ')}
         from ${this.table(copy.from)} t where t.id between $1 and $2${also(copy)} order by t.id`,
      [page.from, page.to],
    );
  }

  /** Number of the first page at or after `number` that has a row: deleted rows leave wide gaps. */
  private async pageFrom(copy: TableCopy, number: number): Promise<number | null> {
    if (oldTable(copy.from).id === 'uuid') return number === 0 ? 0 : null;
    const [row] = await this.rows<{ first: string | null }>(
      `select min(t.id) as first from ${this.table(copy.from)} t where t.id >= $1`,
      [pageOf(copy.from, number).from],
    );
    const [page] = await this.rows<{ number: string }>(`select ${pageNumberSql(copy.from, '$1::bigint')} as number`, [
      row?.first ?? null,
    ]);
    return row?.first == null ? null : Number(page?.number);
  }

  private async checkColumns(schema: string): Promise<void> {
    const found = await this.rows<{ name: string }>(
      `select table_name || '.' || column_name as name from information_schema.columns where table_schema = $1`,
      [schema],
    );
    const there = new Set(found.map(({ name }) => name));
    const lacking: string[] = [];
    for (const name of oldTableNames) {
      const { columns, optional = {} } = oldTable(name);
      const isThere = (column: string) => there.has(`${name}.${column}`);
      lacking.push(...['id', ...Object.keys(columns)].filter((column) => !isThere(column)).map((c) => `${name}.${c}`));
      this.missing.set(
        name,
        Object.keys(optional).filter((column) => !isThere(column)),
      );
    }
    if (lacking.length === 0) return;
    throw new OldSchemaError(
      `schema "${schema}" of the old database lacks, or does not let us see: ${lacking.join(', ')}. ` +
        'Where they have other names, make views that have these, and name their schema by --schema',
    );
  }
}

const typeOf = (definition: string): string => definition.split(/ not null| default/)[0] ?? definition;

const also = ({ only }: TableCopy): string => (only === undefined ? '' : ` and ${only}`);

const readNames = ({ writes, reads = {} }: TableCopy): string[] => [
  ...new Set(['id', ...Object.keys(writes), ...Object.keys(reads)]),
];

const expressions = (copy: TableCopy): string[] => readNames(copy).map((name) => copy.reads?.[name] ?? `t."${name}"`);
