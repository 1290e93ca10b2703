import { bindingId } from '../broker/broker-view';
import type { ScopeReview } from './scope-review';
import type { QueueSet } from './queue-set.repository';

/** What to do with a scope now.
 *  - confirmed: complete, and was at this version before
 *  - ready: complete, old enough, led and answering; may be confirmed once the probe is
 *  - waiting: complete or about to be, but not to be counted on yet
 *  - damaged: exists with other properties; a person must look */
export interface NextState {
  kind: 'confirmed' | 'ready' | 'waiting' | 'damaged';
  detail: string | null;
}

/** Pure. A scope that was confirmed stays so while it is complete: a queue without a leader or an answer, or under another
 *  policy, is an alarm, but existing is not in question. */
export function nextState(review: ScopeReview): NextState {
  const { row, desired } = review;
  const waiting = (text: string): NextState => ({ kind: 'waiting', detail: text + driftNote(review) });
  if (review.damage.length > 0) return { kind: 'damaged', detail: listed(review.damage) + driftNote(review) };
  if (review.obstacles.length > 0) return waiting(listed(review.obstacles));
  const missing = missingFrom(review);
  if (missing.length > 0) return waiting(`missing: ${listed(missing)}`);
  if (row?.state === 'confirmed' && row.version === desired.version) {
    return { kind: 'confirmed', detail: settledDetail(review) };
  }
  const [silence] = silenceOf(review);
  if (silence) return waiting(silence);
  if (review.foreignPolicies.length > 0) {
    return waiting(`under a policy that is not ours: ${listed(review.foreignPolicies)}`);
  }
  if (review.remainingMs > 0) return { kind: 'waiting', detail: detailWhileYoung(review) };
  if (review.unasked.length > 0) return { kind: 'waiting', detail: detailWhileYoung(review) };
  return { kind: 'ready', detail: settledDetail(review) };
}

/** Whether the broker lacks something that was there when this scope was confirmed at this version. */
export const isDrift = ({ row, desired }: ScopeReview, next: NextState): boolean =>
  row?.state === 'confirmed' && row.version === desired.version && next.kind !== 'confirmed';

/** The row to keep. While waiting it notes old bindings too, so that a crash forgets none that must be taken back. */
export function nextRow(review: ScopeReview, next: NextState): QueueSet {
  const { desired, row, leftovers, blocked } = review;
  const isSettled = next.kind === 'confirmed' || next.kind === 'ready';
  const noted = isSettled ? [] : (row?.bindings ?? []);
  const bindings = new Map([...noted, ...desired.bindings].map((one) => [bindingId(one), one]));
  return {
    scope: desired.scope,
    version: desired.version,
    state: isSettled ? 'confirmed' : next.kind === 'damaged' ? 'damaged' : 'pending',
    // What is another's is not noted here: whoever notes a queue counts as its holder.
    queues: [...new Set([...desired.queues.filter((queue) => !blocked.includes(queue)), ...leftovers])].sort(),
    bindings: [...bindings.values()],
    detail: next.detail,
    wholeAt: row?.wholeAt ?? null,
  };
}

export const isSameRow = (a: QueueSet | undefined, b: QueueSet): boolean =>
  a !== undefined && JSON.stringify(plain(a)) === JSON.stringify(plain(b));

const plain = ({ scope, version, state, queues, bindings, detail }: QueueSet) => [
  [scope, version, state, detail],
  queues,
  bindings.map(bindingId).sort(),
];

const silenceOf = ({ leaderless, mute }: ScopeReview): string[] => [
  ...(leaderless.length > 0 ? [`no leader: ${listed(leaderless)}`] : []),
  ...(mute.length > 0 ? [`no answer: ${listed(mute)}`] : []),
];

const missingFrom = ({ missingExchanges, missingQueues, missingBindings }: ScopeReview): string[] => [
  ...missingExchanges.map(({ name }) => `exchange ${name}`),
  ...missingQueues.map((queue) => `queue ${queue}`),
  ...missingBindings.map(({ exchange, queue, key }) => `binding ${exchange} ${key} → ${queue}`),
];

/** What was missing is worth more to whoever looks than "still young". */
const detailWhileYoung = (review: ScopeReview): string => {
  const { row, desired } = review;
  const kept = row?.state === 'pending' && row.version === desired.version ? row.detail : null;
  const isTelling = kept?.startsWith('missing: ') || kept?.includes(wholeUntil);
  return kept && isTelling ? kept : `declared, not old enough yet${driftNote(review)}`;
};

const wholeUntil = '; whole until ';
const rebuilt = 'rebuilt ';

/** What was sent since may have found no queue, from the moment the loss is seen until the scope is confirmed again. */
function driftNote({ row, desired }: ScopeReview): string {
  if (!row?.wholeAt || row.version !== desired.version) return '';
  const isLost = row.state === 'confirmed' || row.detail?.includes(wholeUntil);
  return isLost ? wholeUntil + row.wholeAt.toISOString() : '';
}

/** What is silent or left over, and the last loss: its span stays to be read until the next one, or another version. */
const settledDetail = (review: ScopeReview): string | null => {
  const { row, desired, leftovers, lookedAt } = review;
  const notes = [...silenceOf(review), ...(leftovers.length > 0 ? [`left over: ${listed(leftovers)}`] : [])];
  if (row?.version === desired.version && row.detail?.includes(wholeUntil)) {
    const at = row.detail.indexOf(rebuilt);
    notes.push(at >= 0 ? row.detail.slice(at) : `${rebuilt}${lookedAt.toISOString()} after ${row.detail}`);
  }
  return notes.length > 0 ? notes.join('; ') : null;
};

/** A damaged broker can lack thousands. */
const listed = (items: readonly string[]): string =>
  items.slice(0, 5).join(', ') + (items.length > 5 ? ` and ${items.length - 5} more` : '');
