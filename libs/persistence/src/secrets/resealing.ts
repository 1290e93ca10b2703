import type { SealedColumn } from './sealed-columns';

/** The part of `SecretEnvelope` that is needed. */
export interface Resealer {
  needsReseal(sealed: string): boolean;
  open(sealed: string): Uint8Array;
  seal(plain: Uint8Array): string;
}

/** The part of a `pg` client that is needed. */
export interface ResealingClient {
  query<Row extends object>(sql: string, parameters: unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>;
}

export interface UnreadableSecret {
  id: string;
  reason: string;
}

export interface ColumnReport extends SealedColumn {
  /** Under the first key already. */
  current: number;
  /** Sealed anew by this run; with `isDry`, those that would be. */
  resealed: number;
  /** Opened by none of the keys: they stay as they are. */
  unreadable: UnreadableSecret[];
}

export interface ResealingOptions {
  /** Only looks. */
  isDry?: boolean;
  /** Rows of one transaction. */
  batchSize?: number;
}

const defaultBatchSize = 200;

interface SealedRow {
  id: string;
  sealed: string;
}

/**
 * Seals the texts of a column anew under the first envelope key. Each batch is one statement, so a run that ends in the middle
 * is taken up by the next; a text that was changed meanwhile is left alone, since whoever changed it used a newer key.
 */
export async function resealColumn(
  client: ResealingClient,
  sealedColumn: SealedColumn,
  envelope: Resealer,
  { isDry = false, batchSize = defaultBatchSize }: ResealingOptions = {},
): Promise<ColumnReport> {
  const { table, key, column } = sealedColumn;
  const report: ColumnReport = { ...sealedColumn, current: 0, resealed: 0, unreadable: [] };
  let after = '-1';
  for (;;) {
    const { rows } = await client.query<SealedRow>(
      `select t.${key}::text as id, t.${column} as sealed from ${table} t
        where t.${key} > $1 and t.${column} <> '' order by t.${key} limit $2`,
      [after, batchSize],
    );
    const last = rows.at(-1);
    if (!last) return report;
    after = last.id;
    const changes = rows.flatMap((row) => changeOf(row, envelope, report));
    if (isDry) report.resealed += changes.length;
    else if (changes.length > 0) report.resealed += await write(client, sealedColumn, changes);
  }
}

interface Change extends SealedRow {
  anew: string;
}

function changeOf({ id, sealed }: SealedRow, envelope: Resealer, report: ColumnReport): Change[] {
  try {
    if (envelope.needsReseal(sealed)) return [{ id, sealed, anew: envelope.seal(envelope.open(sealed)) }];
    // Under the right name; whether it opens is what counts.
    envelope.open(sealed);
    report.current += 1;
  } catch (error) {
    report.unreadable.push({ id, reason: error instanceof Error ? error.message : String(error) });
  }
  return [];
}

async function write(
  client: ResealingClient,
  { table, key, column }: SealedColumn,
  changes: Change[],
): Promise<number> {
  const { rowCount } = await client.query(
    `update ${table} t set ${column} = c.anew
       from unnest($1::bigint[], $2::text[], $3::text[]) as c (id, was, anew)
      where t.${key} = c.id and t.${column} = c.was`,
    [changes.map(({ id }) => id), changes.map(({ sealed }) => sealed), changes.map(({ anew }) => anew)],
  );
  return rowCount ?? 0;
}
