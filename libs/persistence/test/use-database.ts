import { Client } from 'pg';
import { createTestDatabase, type TestDatabase } from '@groundswell/testing';
import { Database } from '../src/database';

type Role = keyof TestDatabase['urls'];

/** Also for one of the connections, where all are in use. */
const patienceMs = 30_000;

export interface LogLine {
  level: string;
  text: string;
  [field: string]: unknown;
}

/** Keeps what was logged, for tests about being told. */
export const recordingLogger = () => {
  const lines: LogLine[] = [];
  const at = (level: string) => (fields: object, text: string) => void lines.push({ ...fields, level, text });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

/** A database per test file, processes connected to it, and an owner's connection to look and to prepare. */
export const useDatabase = () => {
  let database: TestDatabase;
  let sql: Client;
  const open: Database[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = new Client({ connectionString: database.urls.owner });
    await sql.connect();
  });
  afterAll(async () => {
    for (const connection of open) await connection.close();
    await sql.end();
    await database.drop();
  });

  return {
    get urls() {
      return database.urls;
    },
    get sql(): Client {
      return sql;
    },
    /** A service's database, as one process holds it; closed after the tests. */
    async process(role: Role = 'ingest', poolSize = 4): Promise<Database> {
      const connection = new Database(
        { url: database.urls[role], applicationName: `test-${role}`, poolSize, connectTimeoutMs: patienceMs },
        recordingLogger(),
      );
      open.push(connection);
      if (!(await connection.connect(patienceMs))) throw new Error(`not connected: ${connection.fault}`);
      return connection;
    },
    /** Rows of one statement, as the owner. */
    async rows<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
      return (await sql.query<Row>(text, values)).rows;
    },
    /** The one id that an insert returns. */
    async id(text: string, values: unknown[] = []): Promise<number> {
      return Number((await sql.query<{ id: string }>(text, values)).rows[0]?.id);
    },
  };
};
