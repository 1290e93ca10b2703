import type { EntityManager } from 'typeorm';
import type { Database } from '@groundswell/persistence';

/** Reads that all see the database as it was at the first of them. */
export const inSnapshot = <T>(database: Database, work: (manager: EntityManager) => Promise<T>): Promise<T> =>
  database.transaction(async (manager) => {
    await manager.query('set transaction isolation level repeatable read, read only');
    return work(manager);
  });

/** The lists of `items` with no more than `size` each. */
export function* portions<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
