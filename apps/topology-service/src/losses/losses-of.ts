import { bindingId } from '../broker/broker-view';
import { orgIdOf } from '../desired/org-scope';
import type { ScopeReview } from '../reconciliation/scope-review';

/** queue: it is gone, with all that nobody had read. binding: it got nothing for a while. stuck: it holds messages that
 *  nobody will see again. */
export type LossCause = 'queue' | 'binding' | 'stuck';

/** Something of a queue that may have to be sent again. */
export interface Loss {
  scope: string;
  /** Null for system queues. */
  orgId: number | null;
  queue: string;
  cause: LossCause;
  /** Null: as the marks of the queue say. */
  lostFrom: Date | null;
  foundAt: Date;
}

/** What this look says may be lost. Of the missing queues only those count that were counted on before, which their marks
 *  tell. Pure. */
export function lossesOf({ desired, row, missingQueues, missingBindings, lookedAt }: ScopeReview): Loss[] {
  if (!row) return [];
  const { scope } = desired;
  const common = { scope, orgId: orgIdOf(scope), foundAt: lookedAt };
  const gone = missingQueues.map((queue): Loss => ({ ...common, queue, cause: 'queue', lostFrom: null }));
  const bound = new Set(row.state === 'confirmed' ? row.bindings.map(bindingId) : []);
  const unbound = missingBindings.filter((one) => bound.has(bindingId(one)) && !missingQueues.includes(one.queue));
  const unfed = [...new Set(unbound.map(({ queue }) => queue))];
  return [
    ...gone,
    ...unfed.map((queue): Loss => ({ ...common, queue, cause: 'binding', lostFrom: row.wholeAt ?? null })),
  ];
}
