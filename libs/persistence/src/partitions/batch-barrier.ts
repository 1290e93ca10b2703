import type { EntityManager } from 'typeorm';

/** Number space of the advisory locks of ingest partitions; any constant no other lock uses. */
export const partitionLockSpace = 7001;

/**
 * Returns once every batch that action-ingest was storing when it was called has ended: a batch takes its ids under the
 * locks of its partitions, so from then on no action turns up below an id that was seen before. Holds no lock itself:
 * each is taken and given back at once.
 */
export async function awaitBatchesInHand(manager: EntityManager, partitionCount: number): Promise<void> {
  await manager.query(
    `select pg_advisory_lock_shared($1::int, partition), pg_advisory_unlock_shared($1::int, partition)
       from generate_series(0, $2::int - 1) as partition`,
    [partitionLockSpace, partitionCount],
  );
}
