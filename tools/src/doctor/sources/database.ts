import { Client } from 'pg';
import { databaseAddress } from '@groundswell/persistence';

const connectTimeoutMs = 5_000;
/** Longest one statement may run. */
const statementTimeoutMs = 60_000;
const answerTimeoutMs = statementTimeoutMs + 5_000;

/** One connection that may only read. Counts come as numbers where statements cast them. */
export class DoctorDatabase {
  private constructor(private readonly client: Client) {}

  static async open(url: string): Promise<DoctorDatabase> {
    const client = new Client({
      ...databaseAddress(url),
      application_name: 'doctor',
      connectionTimeoutMillis: connectTimeoutMs,
      statement_timeout: statementTimeoutMs,
      query_timeout: answerTimeoutMs,
    });
    // A server that goes away between two statements is told by the next one.
    client.on('error', () => undefined);
    await client.connect();
    await client.query('set session characteristics as transaction read only');
    return new DoctorDatabase(client);
  }

  // Its callers name the shape of the rows, as those of `Database.query` do.
  async query<Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(sql, parameters)).rows;
  }

  /** Reads that all see the database as it was at the first of them. */
  async snapshot<T>(work: () => Promise<T>): Promise<T> {
    await this.client.query('begin isolation level repeatable read read only');
    try {
      return await work();
    } finally {
      await this.client.query('rollback');
    }
  }

  close(): Promise<void> {
    return this.client.end();
  }
}
