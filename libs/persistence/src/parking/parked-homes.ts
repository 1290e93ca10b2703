import { exchanges, orgQueuePurpose } from '@groundswell/contracts';
import type { EntityManager } from 'typeorm';
import type { ParkedRow } from './parked-rows';

/** A queue that exchange `system.retry` leads to, and the scope of topology-service it is in: `system` or `org:<id>`. */
export interface ParkedHome {
  queue: string;
  scope: string;
}

type Addressed = Pick<ParkedRow, 'queue' | 'headers'>;

/** Where these rows may go: their queues, and those of the orgs they say they are of. */
export function homesAmong(manager: Pick<EntityManager, 'query'>, rows: readonly Addressed[]): Promise<ParkedHome[]> {
  const queues = [...new Set(rows.map(({ queue }) => queue))];
  const scopes = [...new Set(rows.flatMap((row) => scopeOf(row) ?? []))];
  return manager.query(
    `select b->>'queue' as queue, s.scope
       from topology.queue_sets s, jsonb_array_elements(s.bindings) b
      where (s.queues && $1::text[] or s.scope = any($2::text[])) and b->>'exchange' = $3 and b->>'key' = b->>'queue'
        and (b->>'queue' = any($1) or s.scope = any($2))`,
    [queues, scopes, exchanges.retry],
  );
}

/**
 * The queue a row goes home to, or why it has none: what finds no way home would go to `system.dead`. What says whose it is never
 * goes into a queue that is another org's by now, but into the one its org has instead under its new name.
 */
export function homeOf(row: Addressed, homes: readonly ParkedHome[]): { queue: string } | { fault: string } {
  const own = scopeOf(row);
  const under = homes.filter(({ queue }) => queue === row.queue);
  const isHome = under.some(({ scope }) => own === null || scope === own || !scope.startsWith('org:'));
  if (isHome) return { queue: row.queue };
  const renamed = homes.find(({ queue, scope }) => scope === own && isSameButFor(queue, row.queue));
  if (renamed) return { queue: renamed.queue };
  return { fault: under.length > 0 ? `${row.queue} is another org's now` : `no way home to ${row.queue}` };
}

function scopeOf({ headers }: Addressed): string | null {
  const orgId = headers['org_id'] ?? null;
  return orgId === null ? null : `org:${String(orgId)}`;
}

/** Queues for the same, with different names of an org. */
const isSameButFor = (one: string, other: string): boolean =>
  orgQueuePurpose(one) !== null && one.slice(one.lastIndexOf('.')) === other.slice(other.lastIndexOf('.'));

/** Counted by the broker, or about the publish that was: not for the next one. */
const ofTheBroker = new Set(['x-delivery-count', 'x-publish-no']);

/** The message as it goes home: under the name of the queue, with the id it had, so that whoever saw it before knows it. */
export const homeward = (
  { messageId, headers, body, parkedAt }: Pick<ParkedRow, 'messageId' | 'headers' | 'body' | 'parkedAt'>,
  queue: string,
) => ({
  exchange: exchanges.retry,
  routingKey: queue,
  body,
  messageId,
  headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !ofTheBroker.has(name))),
  // When it was sent first is not known any more; it was before this.
  timestamp: parkedAt,
});
