import type { EntityManager } from 'typeorm';
import { partitionLockSpace, preparedQuery } from '@groundswell/persistence';

/**
 * Until the transaction ends nobody else changes supporters of these partitions. Sorted, so that two transactions over
 * several partitions cannot wait for each other in a circle.
 */
export async function lockPartitions(manager: EntityManager, partitions: Iterable<number>): Promise<void> {
  await preparedQuery(manager, 'select pg_advisory_xact_lock($1::int, partition) from unnest($2::int[]) as partition', [
    partitionLockSpace,
    [...new Set(partitions)].sort((a, b) => a - b),
  ]);
}
