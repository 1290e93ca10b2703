import type { OldTableName } from './old-schema';

/** One row as it was read: text as Postgres writes it, bytea as `\x…`, times in UTC. */
export type Row = Record<string, string | null> & { id: string };

/** A text array of the rows' values, in their order. */
export type ColumnOf = (name: string) => (string | null)[];

/** Runs a statement in the transaction of the page. */
export type RunOnPage = (sql: string, parameters: unknown[]) => Promise<number>;

/** How the rows of one old table become rows of ours. Ids stay. */
export interface TableCopy {
  from: OldTableName;
  to: string;
  /** Our column → type. Read from the old column of that name unless `reads` says otherwise. */
  writes: Readonly<Record<string, string>>;
  /** Expressions over the old row `t`; what is not in `writes` is for `judge` and `derive`. `$schema` stands for the old schema. */
  reads?: Readonly<Record<string, string>>;
  /** Condition over `t`: other rows are not brought, and not missed. */
  only?: string;
  /** Why a row cannot come: a short fixed phrase; null: it can. */
  judge?: (row: Row) => string | null;
  /** Values that are worked out here. */
  change?: (row: Row) => Row;
  /** Column that is sealed at rest, and the bytes of its old text. Null and '' are left as they are. */
  sealed?: { column: string; bytesOf: (text: string) => Buffer };
  /** A column that is unique, and what stands there while rows are written that will have it, or one `beside` it, otherwise. */
  makesRoom?: { column: string; placeholder: string; beside?: string };
  /** What else of ours is made of these rows, and goes with them by its column. Returns rows changed. */
  derived?: {
    table: string;
    column: string;
    /** Also when the row is there already with equal values: what it is made of may be new. */
    write: (run: RunOnPage, column: ColumnOf) => Promise<number>;
  };
  /** Joins from `t` to the org the row is counted for, and its column. `at` names a table on either side. */
  org?: { joins?: (at: (table: OldTableName) => string) => string; column: string };
}
