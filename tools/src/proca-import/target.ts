import type { Client } from 'pg';
import { textArray } from '@groundswell/persistence';
import { connectTo } from './connection';
import { oldTable } from './old-schema';
import type { Page } from './pages';
import { isRowFault, reasonOf } from './row-fault';
import type { Row, RunOnPage, TableCopy } from './table-copy';

/** One import at a time per database. */
const importLock = 7_360_001;

export interface LeftOut {
  id: string;
  reason: string;
}

export interface PageResult {
  /** Rows added or changed, derived ones not counted. */
  written: number;
  leftOut: LeftOut[];
}

const progressTables = `
create schema if not exists proca_import;
create table if not exists proca_import.pages (
  old_table text not null,
  page bigint not null,
  digest text,
  rows int not null default 0,
  written_at timestamptz(3) not null default now(),
  primary key (old_table, page)
);
create table if not exists proca_import.highest_ids (
  old_table text primary key,
  id bigint not null
);
create table if not exists proca_import.left_out (
  old_table text not null,
  id text not null,
  page bigint not null,
  reason text not null,
  noted_at timestamptz(3) not null default now(),
  primary key (old_table, id)
);
create index if not exists left_out_page on proca_import.left_out (old_table, page);
`;

/**
 * Our database, as its owner. A page is one transaction: its rows, what is derived of them, and the note that it is done, by the digest it
 * had. What was not brought is listed; its page has no digest, so that the next run tries again.
 */
export class Target {
  private constructor(
    private readonly client: Client,
    private readonly isDry: boolean,
  ) {}

  static async open(url: string, isDry: boolean): Promise<Target> {
    const client = await connectTo(url);
    try {
      if (isDry) await client.query('set default_transaction_read_only to on');
      return new Target(client, isDry);
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.client.end();
  }

  async rows<R extends object>(sql: string, parameters: unknown[] = []): Promise<R[]> {
    return (await this.client.query<R>(sql, parameters)).rows;
  }

  /** False: another import is under way. The lock goes with the connection. */
  async lock(): Promise<boolean> {
    const [row] = await this.rows<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [importLock]);
    return row?.locked === true;
  }

  async hasProgress(): Promise<boolean> {
    const [row] = await this.rows<{ there: boolean }>(`select to_regclass('proca_import.pages') is not null as there`);
    return row?.there === true;
  }

  async prepare(): Promise<void> {
    if (!this.isDry) await this.client.query(progressTables);
  }

  /** Page → digest; null: begun, or with rows left out. */
  async digests({ from }: TableCopy): Promise<Map<number, string | null>> {
    if (!(await this.hasProgress())) return new Map();
    const rows = await this.rows<{ page: string; digest: string | null }>(
      'select page, digest from proca_import.pages where old_table = $1',
      [from],
    );
    return new Map(rows.map(({ page, digest }) => [Number(page), digest]));
  }

  async inTransaction<T>(work: () => Promise<T>): Promise<T> {
    await this.client.query('begin');
    try {
      const result = await work();
      await this.client.query('commit');
      return result;
    } catch (error) {
      // When the connection is gone so is the transaction; the first error is the one to tell.
      await this.client.query('rollback').catch(() => undefined);
      throw error;
    }
  }

  /**
   * Before pages are written that were written before: what the old server no longer has goes, and unique values that will be
   * another row's are given up. Returns rows removed.
   */
  makeRoom(copy: TableCopy, page: Page, rows: readonly Row[]): Promise<number> {
    return this.inTransaction(async () => {
      await this.run('update proca_import.pages set digest = null where old_table = $1 and page = $2', [
        copy.from,
        page.number,
      ]);
      const removed = await this.remove(copy, page, rows);
      if (copy.makesRoom) {
        const { column, placeholder, beside = column } = copy.makesRoom;
        await this.run(
          `update ${copy.to} o set ${column} = ${placeholder}
             from unnest($1::text[], $2::text[], $3::text[]) as n (id, value, beside)
            where o.id = n.id::${idType(copy)}
              and (o.${column}::text, o.${beside}::text) is distinct from (n.value, n.beside)`,
          ['id', column, beside].map(columnOf(rows)),
        );
      }
      return removed;
    });
  }

  /** `digest` is noted unless rows were left out. */
  writePage(copy: TableCopy, page: Page, digest: string, rows: Row[], judged: LeftOut[]): Promise<PageResult> {
    return this.inTransaction(async () => {
      const refused: LeftOut[] = [];
      const written = await this.put(copy, rows, refused);
      const isRefused = new Set(refused.map(({ id }) => id));
      const there = rows.filter(({ id }) => !isRefused.has(id));
      if (refused.length > 0) await this.remove(copy, page, there);
      if (copy.derived && there.length > 0) await copy.derived.write(this.run, columnOf(there));
      const leftOut = [...judged, ...refused];
      await this.note(copy, page, { digest: leftOut.length > 0 ? null : digest, rows: there, leftOut });
      return { written, leftOut };
    });
  }

  /** Rows changed. */
  readonly run: RunOnPage = async (sql, parameters) => {
    const { rowCount } = await this.client.query(
      sql,
      parameters.map((value) => (isTextColumn(value) ? textArray(value) : value)),
    );
    return rowCount ?? 0;
  };

  /** Writes what is not there, or otherwise. Rows the database refuses are found by halves; the others go in. */
  private async put(copy: TableCopy, rows: readonly Row[], refused: LeftOut[]): Promise<number> {
    if (rows.length === 0) return 0;
    await this.client.query('savepoint rows');
    try {
      const written = await this.run(upsertSql(copy), ['id', ...Object.keys(copy.writes)].map(columnOf(rows)));
      await this.client.query('release savepoint rows');
      return written;
    } catch (error) {
      if (!isRowFault(error)) throw error;
      await this.client.query('rollback to savepoint rows');
      const [first] = rows;
      if (first && rows.length === 1) {
        refused.push({ id: first.id, reason: reasonOf(error) });
        return 0;
      }
      const half = rows.length >> 1;
      const written = await this.put(copy, rows.slice(0, half), refused);
      return written + (await this.put(copy, rows.slice(half), refused));
    }
  }

  /** Rows of the page that are not among these, and what was derived of them. */
  private async remove(copy: TableCopy, page: Page, rows: readonly Row[]): Promise<number> {
    const kept = columnOf(rows)('id');
    const type = idType(copy);
    if (copy.derived) {
      const { table, column } = copy.derived;
      await this.run(
        `delete from ${table} o where o.${column} between $1::${type} and $2::${type}
            and o.${column} not in (select id::${type} from unnest($3::text[]) as n (id))`,
        [page.from, page.to, kept],
      );
    }
    return this.run(
      `delete from ${copy.to} o where o.id between $1::${type} and $2::${type}
          and o.id not in (select id::${type} from unnest($3::text[]) as n (id))`,
      [page.from, page.to, kept],
    );
  }

  private async note(
    copy: TableCopy,
    { number }: Page,
    { digest, rows, leftOut }: { digest: string | null; rows: readonly Row[]; leftOut: readonly LeftOut[] },
  ): Promise<void> {
    const { from } = copy;
    await this.run(
      `insert into proca_import.pages (old_table, page, digest, rows) values ($1, $2, $3, $4)
       on conflict (old_table, page) do update set digest = excluded.digest, rows = excluded.rows, written_at = now()`,
      [from, number, digest, rows.length],
    );
    const last = idType(copy) === 'uuid' ? undefined : rows.at(-1)?.id;
    if (last !== undefined) {
      await this.run(
        `insert into proca_import.highest_ids as o (old_table, id) values ($1, $2)
         on conflict (old_table) do update set id = greatest(o.id, excluded.id)`,
        [from, last],
      );
    }
    await this.run('delete from proca_import.left_out where old_table = $1 and page = $2', [from, number]);
    if (leftOut.length === 0) return;
    await this.run(
      `insert into proca_import.left_out (old_table, page, id, reason)
       select $1::text, $2::bigint, id, reason from unnest($3::text[], $4::text[]) as n (id, reason)`,
      [from, number, leftOut.map((row) => row.id), leftOut.map(({ reason }) => reason)],
    );
  }
}

const isTextColumn = (value: unknown): value is (string | null)[] => Array.isArray(value);

const idType = ({ from }: TableCopy): 'bigint' | 'uuid' => oldTable(from).id;

const columnOf =
  (rows: readonly Row[]) =>
  (name: string): (string | null)[] =>
    rows.map((row) => row[name] ?? null);

/** Only rows that differ are touched, so that a run without news changes nothing. */
function upsertSql(copy: TableCopy): string {
  const { to, writes } = copy;
  const columns = Object.keys(writes);
  const names = columns.map((column) => `"${column}"`);
  const values = columns.map((column) => `n."${column}"::${writes[column]}`);
  const parameters = ['id', ...columns].map((_column, index) => `$${index + 1}::text[]`);
  // citext is equal in any case, but what is shown is not.
  const compared = (side: string) =>
    columns.map((column) => `${side}."${column}"${writes[column] === 'citext' ? '::text' : ''}`).join(', ');
  return `
    insert into ${to} as o (id, ${names.join(', ')})
    select n.id::${idType(copy)}, ${values.join(', ')}
      from unnest(${parameters.join(', ')}) as n (id, ${names.join(', ')})
    on conflict (id) do update set ${names.map((name) => `${name} = excluded.${name}`).join(', ')}
     where (${compared('o')}) is distinct from (${compared('excluded')})`;
}
