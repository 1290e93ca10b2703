import { bindingId } from '../broker/broker-view';
import type { ScopeReview } from './scope-review';
import type { QueueSet } from './queue-set.repository';

/** What to do with a scope now.
 *  - confirmed: complete, and was at this version before
 *  - ready: complete, old enough and led; may be confirmed once the probe is
 *  - waiting: complete or about to be, but not to be counted on yet
 *  - damaged: exists with other properties; a person must look */
export interface NextState {
  kind: 'confirmed' | 'ready' | 'waiting' | 'damaged';
  detail: string | null;
}

/** Pure. A scope that was confirmed stays so while it is complete: a queue without a leader, or under another policy, is an
 *  alarm, but existing is not in question. */
export function nextState(review: ScopeReview): NextState {
  const { row, desired } = review;
  if (review.damage.length > 0) return { kind: 'damaged', detail: listed(review.damage) };
  if (review.obstacles.length > 0) return { kind: 'waiting', detail: listed(review.obstacles) };
  const missing = missingFrom(review);
  if (missing.length > 0) return { kind: 'waiting', detail: `missing: ${listed(missing)}` };
  if (row?.state === 'confirmed' && row.version === desired.version) {
    return { kind: 'confirmed', detail: leftOver(review) };
  }
  if (review.leaderless.length > 0) return { kind: 'waiting', detail: `no leader: ${listed(review.leaderless)}` };
  if (review.foreignPolicies.length > 0) {
    return { kind: 'waiting', detail: `under a policy that is not ours: ${listed(review.foreignPolicies)}` };
  }
  if (review.remainingMs > 0) return { kind: 'waiting', detail: detailWhileYoung(review) };
  return { kind: 'ready', detail: leftOver(review) };
}

/** Whether the broker lacks something that was there when this scope was confirmed at this version. */
export const isDrift = ({ row, desired }: ScopeReview, next: NextState): boolean =>
  row?.state === 'confirmed' && row.version === desired.version && next.kind !== 'confirmed';

/** The row to keep. While waiting it notes old bindings too, so that a crash forgets none that must be taken back. */
export function nextRow(review: ScopeReview, next: NextState): QueueSet {
  const { desired, row, leftovers } = review;
  const isSettled = next.kind === 'confirmed' || next.kind === 'ready';
  const noted = isSettled ? [] : (row?.bindings ?? []);
  const bindings = new Map([...noted, ...desired.bindings].map((one) => [bindingId(one), one]));
  return {
    scope: desired.scope,
    version: desired.version,
    state: isSettled ? 'confirmed' : next.kind === 'damaged' ? 'damaged' : 'pending',
    queues: [...new Set([...desired.queues, ...leftovers])].sort(),
    bindings: [...bindings.values()],
    detail: next.detail,
  };
}

export const isSameRow = (a: QueueSet | undefined, b: QueueSet): boolean =>
  a !== undefined && JSON.stringify(plain(a)) === JSON.stringify(plain(b));

const plain = ({ scope, version, state, queues, bindings, detail }: QueueSet) => [
  [scope, version, state, detail],
  queues,
  bindings.map(bindingId).sort(),
];

const missingFrom = ({ missingExchanges, missingQueues, missingBindings }: ScopeReview): string[] => [
  ...missingExchanges.map(({ name }) => `exchange ${name}`),
  ...missingQueues.map((queue) => `queue ${queue}`),
  ...missingBindings.map(({ exchange, queue, key }) => `binding ${exchange} ${key} → ${queue}`),
];

/** What was missing is worth more to whoever looks than "still young". */
const detailWhileYoung = ({ row, desired }: ScopeReview): string =>
  row?.state === 'pending' && row.version === desired.version && row.detail?.startsWith('missing: ')
    ? row.detail
    : 'declared, not old enough yet';

const leftOver = ({ leftovers }: ScopeReview): string | null =>
  leftovers.length > 0 ? `left over: ${listed(leftovers)}` : null;

/** A damaged broker can lack thousands. */
const listed = (items: readonly string[]): string =>
  items.slice(0, 5).join(', ') + (items.length > 5 ? ` and ${items.length - 5} more` : '');
