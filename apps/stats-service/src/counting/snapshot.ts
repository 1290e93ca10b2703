import type { Socket } from 'node:net';
import type { EntityManager } from 'typeorm';
import type { Database } from '@groundswell/persistence';

export interface SnapshotLimits {
  /** Longest it may take, ms; its connection is cut then. */
  limitMs?: number;
  /** Cuts its connection at once. */
  signal?: AbortSignal;
}

/** Reads that all see the database as it was at the first of them. */
export const inSnapshot = <T>(
  database: Database,
  work: (manager: EntityManager) => Promise<T>,
  { limitMs, signal }: SnapshotLimits = {},
): Promise<T> =>
  database.run(async (manager) => {
    const client = (await manager.queryRunner?.connect()) as { connection: { stream: Socket } } | undefined;
    const cut = (): void => void client?.connection.stream.destroy();
    signal?.throwIfAborted();
    signal?.addEventListener('abort', cut);
    try {
      return await manager.transaction('REPEATABLE READ', async (own) => {
        await own.query('set transaction read only');
        return work(own);
      });
    } finally {
      signal?.removeEventListener('abort', cut);
    }
  }, limitMs);

/** The lists of `items` with no more than `size` each. */
export function* portions<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
