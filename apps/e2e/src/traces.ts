import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';

/** Where a text stands: `schema.table.column` for every column that can hold it, and the log files. */
export async function tracesOf(text: string, sql: Pool, logDir: string): Promise<string[]> {
  return [...(await columnsHolding(text, sql)), ...logsHolding(text, logDir)];
}

/** Every text, json and bytea column of every schema of ours; bytes are searched as they are. */
async function columnsHolding(text: string, sql: Pool): Promise<string[]> {
  const { rows: columns } = await sql.query<{ schema: string; table: string; name: string; type: string }>(
    `select c.table_schema as schema, c.table_name as table, c.column_name as name, c.udt_name as type
       from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
      where c.table_schema not in ('pg_catalog', 'information_schema') and t.table_type = 'BASE TABLE'
        and c.udt_name in ('text', 'varchar', 'citext', 'json', 'jsonb', 'bytea', '_text', '_varchar', 'bpchar')
      order by 1, 2, 3`,
  );
  if (columns.length < 50) throw new Error('too few columns to be the whole database');
  const found: string[] = [];
  for (const { schema, table, name, type } of columns) {
    const needle = type === 'bytea' ? `convert_to($1, 'UTF8')` : '$1';
    const column = type === 'bytea' ? `"${name}"` : `"${name}"::text`;
    const { rows } = await sql.query<{ n: number }>(
      `select count(*)::int as n from "${schema}"."${table}" where position(${needle} in ${column}) > 0`,
      [text],
    );
    if (rows[0]?.n) found.push(`${schema}.${table}.${name}`);
  }
  return found;
}

const logsHolding = (text: string, logDir: string): string[] => {
  const files = readdirSync(logDir);
  if (files.length === 0) throw new Error(`no logs in ${logDir}`);
  return files.filter((file) => readFileSync(join(logDir, file), 'utf8').includes(text));
};
