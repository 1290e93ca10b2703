import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Client } from 'pg';

const names = new Map<string, string>();

const nameOf = (sql: string): string => {
  let name = names.get(sql);
  if (name === undefined) {
    name = createHash('sha1').update(sql).digest('base64url');
    names.set(sql, name);
  }
  return name;
};

/**
 * One statement inside the manager's transaction, prepared once per connection: for the hot path, where parsing and
 * planning would cost as much as running. `sql` must be a constant text. Returns the rows, of UPDATE … RETURNING too.
 */
export async function preparedQuery<Row extends object>(
  manager: EntityManager,
  sql: string,
  parameters: unknown[],
): Promise<Row[]> {
  const runner = manager.queryRunner;
  if (!runner) throw new Error('preparedQuery needs a transaction');
  const client = (await runner.connect()) as Client;
  const { rows } = await client.query<Row>({ name: nameOf(sql), text: sql, values: parameters });
  return rows;
}
