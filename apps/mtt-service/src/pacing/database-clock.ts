import type { Database } from '@groundswell/persistence';

/** What decides when mails go is the database's clock, the same for all replicas. */
export async function databaseNow(database: Database): Promise<Date> {
  const [row] = await database.query<{ now: Date }>('select now() as now');
  return row?.now ?? new Date();
}
