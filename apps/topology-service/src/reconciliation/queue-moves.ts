import { orgIdOf } from '../desired/org-scope';
import { isTransit, kindOf, transitQueue } from '../desired/queue-kinds';
import type { ScopeReview } from './scope-review';

/** What waits in `from` belongs into `to`. */
export interface QueueMove {
  scope: string;
  from: string;
  to: string;
}

/** Of a complete scope: from queues of a former name (or setting) to the present queue of the same purpose. What has none
 *  stays where it is. Pure. */
export function movesHome({ desired, leftovers }: ScopeReview): QueueMove[] {
  return leftovers.flatMap((from) => {
    const to = desired.queues.find((queue) => kindOf(queue) !== undefined && kindOf(queue) === kindOf(from));
    return to ? [{ scope: desired.scope, from, to }] : [];
  });
}

/** Of a scope that waits for another's queue while others wait for its own, as after a swap of names: out of the way, so that
 *  one of them can go on. Pure. */
export function movesAside(review: ScopeReview, wantedByOthers: ReadonlySet<string>): QueueMove[] {
  const orgId = orgIdOf(review.desired.scope);
  if (orgId === null || review.blocked.length === 0) return [];
  return review.leftovers.flatMap((from) => {
    const kind = kindOf(from);
    if (!kind || isTransit(from) || !wantedByOthers.has(from)) return [];
    return [{ scope: review.desired.scope, from, to: transitQueue(orgId, kind) }];
  });
}
