import { Client } from 'pg';
import { databaseAddress } from '@groundswell/persistence';

const connectTimeoutMs = 10_000;
/** Sums over half a million rows with a rank each. */
const statementTimeoutMs = 600_000;

/** A connection to either database, on which both write times and bytes alike. `url` may ask for TLS as libpq has it. */
export async function connectTo(url: string): Promise<Client> {
  const client = new Client({
    ...databaseAddress(url),
    application_name: 'groundswell-proca-import',
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + connectTimeoutMs,
    keepAlive: true,
  });
  // A connection that dies between two statements is told by the next one.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`set timezone to 'UTC'; set bytea_output to hex; set datestyle to iso; set jit to off`);
    return client;
  } catch (error) {
    await client.end();
    throw error;
  }
}
