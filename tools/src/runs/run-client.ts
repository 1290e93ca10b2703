import { Client } from 'pg';
import { databaseAddress } from '@groundswell/persistence';
import { findServers } from '../parked/servers';

/** What was typed is no such command. */
export class UsageError extends Error {
  readonly code = 'runs.usage';
}

const pollMs = 250;

/** Where services are asked for a run by a row, as the database's owner. */
export class RunClient {
  constructor(private readonly client: Client) {}

  static async use<T>(name: string, work: (runs: RunClient) => Promise<T>): Promise<T> {
    const client = new Client({
      ...databaseAddress(findServers(process.env).databaseUrl()),
      application_name: name,
      connectionTimeoutMillis: 5_000,
    });
    await client.connect();
    try {
      return await work(new RunClient(client));
    } finally {
      await client.end();
    }
  }

  async rows<Row extends object>(sql: string, parameters: unknown[]): Promise<Row[]> {
    return (await this.client.query<Row>(sql, parameters)).rows;
  }

  async idOf(table: 'catalog.orgs' | 'catalog.campaigns', name: string): Promise<number> {
    const [row] = await this.rows<{ id: string }>(`select id from ${table} where name = $1 and deleted_at is null`, [
      name,
    ]);
    if (!row) throw new Error(`no ${table === 'catalog.orgs' ? 'org' : 'campaign'} "${name}"`);
    return Number(row.id);
  }

  /** The row of a run once it is finished. Throws when the service does not get to it, and leaves the run to it. */
  async finished<Row extends { finishedAt: Date | null }>({
    sql,
    id,
    service,
    waitMs,
  }: {
    sql: string;
    id: number;
    service: string;
    waitMs: number;
  }): Promise<Row> {
    for (const until = Date.now() + waitMs; ;) {
      const [row] = await this.rows<Row>(sql, [id]);
      if (row?.finishedAt) return row;
      if (Date.now() > until) throw new Error(`run ${id} is not finished: ${service} goes on with it once it is there`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }
}

/** Prints what went wrong, and for a wrong command how it goes; sets the exit code. */
export async function runMain(main: () => Promise<void>, usage: string): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    const isUsage =
      error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true;
    if (isUsage) process.stderr.write(`${usage}\n`);
    process.exitCode = isUsage ? 2 : 1;
  }
}

export function waitMsOf(seconds: string): number {
  if (!/^[0-9]{1,6}$/.test(seconds)) throw new UsageError(`"${seconds}" is no number of seconds`);
  return Number(seconds) * 1_000;
}
