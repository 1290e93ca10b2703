import { exchanges, systemQueues, type Binding } from '@groundswell/contracts';
import { bindingId, hasLeader, type BrokerView, type FoundBinding } from '../broker/broker-view';
import type { ListedQueue } from '../broker/management.client';
import { firstWord } from '../desired/org-scope';
import { queueArguments } from '../desired/queue-arguments';
import { desiredExchanges, systemScope, type DesiredScope, type Exchange } from '../desired/system-topology';
import type { QueueAnswer } from './queue-answers';
import type { QueueSet } from './queue-set.repository';

export interface ReviewContext {
  view: BrokerView;
  /** The other scope a queue belongs to, if any. */
  otherHolderOf(scope: string, queue: string): string | undefined;
  /** Until a queue is old enough to be trusted, ms. */
  remainingMs(queue: string): number;
  /** Whether a queue has shown that it takes and gives messages. */
  answerOf(queue: string): QueueAnswer;
  /** The policy of ours that must apply to a queue. */
  policyOf(queue: string): string | undefined;
  /** When the lists were asked for, by the database's clock. */
  lookedAt: Date;
}

/** One scope to look at: what it must have, what we noted last, and which queue names are its own by right. */
export interface ScopeSubject {
  desired: DesiredScope;
  row: QueueSet | undefined;
  ownQueueNames: readonly string[];
  /** Stored name of the org; null for the system scope and for orgs that are gone. */
  orgName: string | null;
  /** Whether this is the name, in any spelling, of an org other than this one. */
  isNameOfAnother(name: string): boolean;
}

/** One scope compared with the broker. */
export interface ScopeReview extends ScopeSubject {
  missingExchanges: Exchange[];
  missingQueues: string[];
  missingBindings: Binding[];
  /** What a declaration cannot mend: the thing exists with other properties. */
  damage: string[];
  /** What keeps it from being complete and is not ours to change now. */
  obstacles: string[];
  /** Queues of its own names that still belong to another scope. */
  blocked: string[];
  /** Queues that nobody leads at the moment. */
  leaderless: string[];
  /** Queues that were asked and do not answer, whatever the broker lists of them. */
  mute: string[];
  /** Queues that could not be asked yet. */
  unasked: string[];
  /** Queues under a policy that is not ours. */
  foreignPolicies: string[];
  /** Until its youngest queue is old enough, ms. */
  remainingMs: number;
  /** Bindings to take back, once the scope is complete. */
  surplus: FoundBinding[];
  /** Those of them that would bring this org what is meant for another: to take back before anyone is confirmed. */
  foreign: FoundBinding[];
  /** Queues of this scope that are on the broker and not wanted any more. */
  leftovers: string[];
  lookedAt: Date;
}

/** Exchanges an org's own queues and `system.sqs` are fed by. `system.retry` is not among them: what waits there must come
 *  home, so nothing is ever unbound from it. */
const stageExchanges = new Set<string>([exchanges.ingest, exchanges.confirm, exchanges.deliver, exchanges.event]);

/** Compares one scope with the broker. Pure. */
export function reviewScope(subject: ScopeSubject, context: ReviewContext): ScopeReview {
  const { desired } = subject;
  const { view } = context;
  const review: ScopeReview = {
    ...subject,
    ...reviewExchanges(desired.scope, view),
    missingQueues: [],
    missingBindings: [],
    obstacles: [],
    blocked: [],
    leaderless: [],
    mute: [],
    unasked: [],
    foreignPolicies: [],
    remainingMs: 0,
    surplus: [],
    foreign: [],
    leftovers: [],
    lookedAt: context.lookedAt,
  };
  for (const queue of desired.queues) reviewQueue(queue, review, context);
  const wanted = new Set(desired.queues);
  const isTaken = (queue: string) => wanted.has(queue) && context.otherHolderOf(desired.scope, queue) !== undefined;
  for (const binding of desired.bindings) {
    const { queue } = binding;
    if (view.has(binding) || isTaken(queue)) continue;
    if (wanted.has(queue) || view.queues.has(queue)) review.missingBindings.push(binding);
    else review.obstacles.push(`${queue} is not deployed`);
  }
  const held = heldQueues(subject, context);
  review.leftovers = held.filter((queue) => !wanted.has(queue)).sort();
  review.surplus = surplusOf(subject, held, context);
  review.foreign = review.surplus.filter(({ key }) => subject.isNameOfAnother(firstWord(key)));
  return review;
}

function reviewExchanges(scope: string, view: BrokerView): Pick<ScopeReview, 'missingExchanges' | 'damage'> {
  const missingExchanges: Exchange[] = [];
  const damage: string[] = [];
  for (const exchange of scope === systemScope ? desiredExchanges : []) {
    const found = view.exchanges.get(exchange.name);
    if (!found) missingExchanges.push(exchange);
    else if (found.type !== exchange.type || !found.durable || !isEqual(found.arguments, exchange.arguments)) {
      damage.push(`exchange ${exchange.name} exists with other properties`);
    }
  }
  return { missingExchanges, damage };
}

function reviewQueue(queue: string, review: ScopeReview, context: ReviewContext): void {
  const found = context.view.queues.get(queue);
  const holder = context.otherHolderOf(review.desired.scope, queue);
  if (holder) {
    review.obstacles.push(`queue ${queue} still belongs to ${holder}`);
    review.blocked.push(queue);
    return;
  }
  review.remainingMs = Math.max(review.remainingMs, context.remainingMs(queue));
  if (!found) {
    review.missingQueues.push(queue);
    return;
  }
  if (!isAsDeclared(found)) review.damage.push(`queue ${queue} exists with other properties`);
  const answer = context.answerOf(queue);
  if (!hasLeader(found)) review.leaderless.push(queue);
  else if (answer === 'mute') review.mute.push(queue);
  else if (answer === 'unasked') review.unasked.push(queue);
  const policy = context.policyOf(queue);
  // Some brokers leave the policy out of short listings: what is not said cannot be judged.
  if (found.policy !== undefined && found.policy !== policy) review.foreignPolicies.push(queue);
}

const isAsDeclared = ({ name, durable, arguments: args }: ListedQueue): boolean =>
  durable && isEqual(args, queueArguments(name));

const isEqual = (found: Record<string, unknown>, wanted: Record<string, unknown>): boolean => {
  const keys = Object.keys(found);
  return keys.length === Object.keys(wanted).length && keys.every((key) => found[key] === wanted[key]);
};

/** Queues of this scope on the broker, wanted or not. */
const heldQueues = ({ row, ownQueueNames, desired }: ScopeSubject, context: ReviewContext): string[] => {
  const names = new Set([...desired.queues, ...ownQueueNames, ...(row?.queues ?? [])]);
  return [...names].filter((queue) => context.view.queues.has(queue) && !context.otherHolderOf(desired.scope, queue));
};

/** Bindings from our stage exchanges that no setting asks for. Of the system scope only facts are ever taken back: their
 *  readers recover by counting anew, while an unbound mail queue would lose mail. */
function surplusOf(subject: ScopeSubject, held: readonly string[], { view }: ReviewContext): FoundBinding[] {
  const { desired, row, orgName } = subject;
  const wanted = new Set(desired.bindings.map(bindingId));
  const noted = new Set(row?.bindings.map(bindingId));
  const surplusAt = (queue: string) =>
    view.bindingsOf(queue).filter((one) => stageExchanges.has(one.exchange) && !wanted.has(one.id));
  if (desired.scope === systemScope) {
    const isOldFact = (one: FoundBinding) => one.exchange === exchanges.event && noted.has(one.id);
    return held.flatMap((queue) => surplusAt(queue).filter(isOldFact));
  }
  // Fed by all orgs alike, so only what carries this org's name, or was noted for it, is its own there.
  const isOurs = (one: FoundBinding) => noted.has(one.id) || firstWord(one.key) === orgName;
  return [...held.flatMap(surplusAt), ...surplusAt(systemQueues.sqs).filter(isOurs)];
}
