import { groupedBy } from '../grouped-by';
import { monitoredName, WaitingWorkReadModel, type WaitingWork, type WorkKind } from '@groundswell/persistence';
import type { Sources } from '../sources/sources';

/** Rows of everything that waits, of some kinds. */
export async function waitingWork(sources: Sources, ...kinds: WorkKind[]): Promise<WaitingWork[]> {
  const database = await sources.database();
  const rows = await new WaitingWorkReadModel({
    query: <Row>(sql: string, parameters?: unknown[]) => database.query<Row & object>(sql, parameters),
  }).all();
  return rows.filter(({ kind }) => kinds.includes(kind));
}

/** How many rows of one name and reason are, over all orgs. */
export function byName(rows: readonly WaitingWork[]): { name: string; rows: WaitingWork[] }[] {
  return [...groupedBy(rows, monitoredName)].map(([name, found]) => ({ name, rows: found }));
}

export const oldest = (rows: readonly WaitingWork[]): number =>
  Math.max(0, ...rows.map(({ oldestSeconds }) => oldestSeconds ?? 0));

export const total = (rows: readonly WaitingWork[], figure: 'waiting' | 'failed' | 'dead'): number =>
  rows.reduce((sum, row) => sum + row[figure], 0);
