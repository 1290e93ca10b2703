import type { EntityManager } from 'typeorm';
import { exchanges, ingestKey, withoutErased, type ErasureScope } from '@groundswell/contracts';

/**
 * Takes an org's content of one person out of submissions that wait in the spool; the rest of them goes on its way.
 * What a relay has taken already is published as it was: action-ingest drops it by the tombstone.
 */
export async function eraseFromSpool(
  manager: EntityManager,
  scope: ErasureScope & { partition: number },
): Promise<number> {
  const rows: { id: number; body: string }[] = await manager.query(
    `select id, body from catalog.outbox
      where lane = 0 and exchange = $1 and routing_key = $2 and position($3 in body) > 0
      order by id for update`,
    [exchanges.ingest, ingestKey(scope.partition), scope.ref],
  );
  let erased = 0;
  for (const { id, body } of rows) {
    const left = withoutErased(body, scope);
    // Its writer is this service: there is nothing in it that it cannot read.
    if (left === null || left === 'unreadable') continue;
    await manager.query('update catalog.outbox set body = $2 where id = $1', [id, left]);
    erased += 1;
  }
  return erased;
}
