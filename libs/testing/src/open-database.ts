import { Database, isDatabaseFault } from '@groundswell/persistence';

const silent = { info: () => undefined, warn: () => undefined };

/** A service's database as one process holds it, for libs that are handed theirs. */
export async function openDatabase(url: string, applicationName: string, poolSize = 4): Promise<Database> {
  const database = new Database({ url, applicationName, poolSize }, silent);
  if (!(await database.connect(10_000))) throw new Error(`not connected: ${database.fault}`);
  return database;
}

/** What a service takes for a fault of the surroundings. */
export const isTransientFault = isDatabaseFault;
