import { Database, isDatabaseFault } from '@groundswell/persistence';

/** Also for one of the connections, where all are in use. */
const patienceMs = 30_000;
const silent = { info: () => undefined, warn: () => undefined };

/** A service's database as one process holds it, for libs that are handed theirs. */
export async function openDatabase(url: string, applicationName: string, poolSize = 4): Promise<Database> {
  const database = new Database({ url, applicationName, poolSize, connectTimeoutMs: patienceMs }, silent);
  if (!(await database.connect(patienceMs))) throw new Error(`not connected: ${database.fault}`);
  return database;
}

/** What a service takes for a fault of the surroundings. */
export const isTransientFault = isDatabaseFault;
