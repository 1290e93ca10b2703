import type { Client } from 'pg';
import { textArray } from '@groundswell/persistence';
import { oldTable, oldTableNames, type OldTableName } from './old-schema';

export type Value = string | number | boolean | null;

/** Writes rows in one statement; `columns` gives types, in the order of the values. */
export async function insertRows(
  client: Client,
  table: OldTableName,
  columns: Readonly<Record<string, string>>,
  rows: readonly (readonly Value[])[],
): Promise<void> {
  const names = Object.keys(columns);
  const quoted = names.map((name) => `"${name}"`);
  const parameters = names.map((_name, index) => `$${index + 1}::text[]`);
  await client.query(
    `insert into ${table} (${quoted.join(', ')})
     select ${names.map((name) => `n."${name}"::${columns[name]}`).join(', ')}
       from unnest(${parameters.join(', ')}) as n (${quoted.join(', ')})`,
    names.map((_name, index) => textArray(rows.map((row) => textOf(row[index] ?? null)))),
  );
}

const textOf = (value: Value): string | null => (value === null ? null : String(value));

/** Ids were given: the sequences follow. Figures for the planner, as a server of years has them. */
export async function whenDone(client: Client): Promise<void> {
  for (const table of oldTableNames) {
    if (oldTable(table).id !== 'bigint') continue;
    await client.query(
      `select setval(pg_get_serial_sequence($1, 'id'), greatest(1, (select coalesce(max(id), 1) from ${table}) + 10))`,
      [table],
    );
  }
  await client.query('analyze');
}
