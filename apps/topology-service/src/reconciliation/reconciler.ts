import { randomUUID } from 'node:crypto';
import { exchanges, type OrgRouting } from '@groundswell/contracts';
import type { Publisher } from '@groundswell/messaging';
import type { Logger } from '@groundswell/observability';
import { customQueueNames, orgScopeName } from '../desired/org-scope';
import { isTransit } from '../desired/queue-kinds';
import { BrokerView } from '../broker/broker-view';
import { heedsConsumerCredit, judgeBrokerVersion } from '../broker/broker-version';
import type { Declarer } from '../broker/declarer';
import type { ManagementClient } from '../broker/management.client';
import { lossesOf } from '../losses/losses-of';
import type { LossRepository } from '../losses/loss.repository';
import type { QueueMarkRepository } from '../losses/queue-mark.repository';
import { policyFinder, type Policy } from '../desired/policies';
import { probeQueue } from '../desired/queue-arguments';
import type { BrokerUsers, OrgWithQueues } from '../users/broker-users';
import type { Alarms } from './alarms';
import { BrokerRefusedError } from './broker-refused.error';
import type { Declaring } from './declaring';
import { isGone, queueHolders, type DesiredState } from './desired-state';
import type { Moving } from './moving';
import { isDrift, nextRow, nextState, type NextState } from './next-state';
import type { QueueAnswers } from './queue-answers';
import type { QueueAges } from './queue-ages';
import { QueueSetBook } from './queue-set-book';
import type { QueueSetRepository } from './queue-set.repository';
import type { ReconcileLease } from './reconcile-lease';
import type { Replacing } from './replacing';
import type { RoundMetrics } from './round-metrics';
import { reviewScope, type ScopeReview, type ScopeSubject } from './scope-review';
import type { Tidying } from './tidying';
import { TimeBudget } from './time-budget';
import type { TopologyAnnouncer } from './topology-announcer';

export interface ReconcilerParts {
  management: ManagementClient;
  declarer: Declarer;
  publisher: Pick<Publisher, 'publish'>;
  lease: ReconcileLease;
  queueSets: QueueSetRepository;
  losses: LossRepository;
  marks: QueueMarkRepository;
  users: BrokerUsers;
  desired: DesiredState;
  declaring: Declaring;
  replacing: Replacing;
  tidying: Tidying;
  moving: Moving;
  announcer: TopologyAnnouncer;
  ages: QueueAges;
  answers: QueueAnswers;
  policies: readonly Policy[];
  alarms: Alarms;
  metrics: RoundMetrics;
  logger: Logger;
}

interface Judged {
  review: ScopeReview;
  next: NextState;
}

/** A queue without a leader, a foreign policy, a refused declaration: looked at again this soon. */
const unsettledPauseMs = 1_000;
/** Within which a probe is of use. */
const probeLifeMs = 10_000;
/** One that was confirmed before and does not answer any more. */
const mutePauseMs = 5_000;
/** How long one round may spend on asking queues, on users, on declaring, and on moving messages; the rest is for the next. */
const askingBudgetMs = 5_000;
const usersBudgetMs = 3_000;
const declaringBudgetMs = 5_000;
const movingBudgetMs = 5_000;

/** One round: compare what the catalogue asks for with what the broker has, mend the difference, and say in queue_sets what
 *  may be counted on. Lists everything once; what it changes may be repeated by the next round or the next replica. */
export class Reconciler {
  private checkedVersion: string | undefined;

  constructor(private readonly parts: ReconcilerParts) {}

  /** The broker may be another one now, or the same one restarted. */
  onReconnected(): void {
    this.checkedVersion = undefined;
    this.parts.ages.reset();
    this.parts.answers.reset();
  }

  /** Returns after how many ms to look again, null when all is settled. Throws when broker or database fail it; nothing is
   *  half done that the next round would not see. */
  async run(): Promise<number | null> {
    const { management, declarer, users, ages, answers, metrics, announcer, queueSets } = this.parts;
    await this.checkVersion();
    // Before the lists: what is lost after this moment must not be dated before it.
    const lookedAt = await queueSets.now();
    const view = await BrokerView.read(management);
    ages.observe(view.queues);
    answers.observe(view.queues);
    const book = await QueueSetBook.open(this.parts);
    const routings = this.parts.desired.routings();
    const subjects = this.parts.desired.subjects(routings, book.rows);
    const askingBudget = new TimeBudget(askingBudgetMs);
    try {
      await answers.ask(queuesToAsk(subjects, view), askingBudget);
      const { reviews, orgs } = this.reviewAll(routings, subjects, view, lookedAt);
      const gone = reviews.filter((review) => isGone(review));
      const judged = reviews.filter((review) => !isGone(review)).map((review) => ({ review, next: nextState(review) }));
      this.report(judged);
      const usersBudget = new TimeBudget(usersBudgetMs);
      await users.reconcile(orgs, usersBudget);
      const pauseMs = await this.mend(judged, gone, view, book);
      metrics.states(book.rows.values());
      return usersBudget.wasCut || askingBudget.wasCut ? 0 : pauseMs;
    } finally {
      await announcer.flush();
      await declarer.close();
    }
  }

  private async checkVersion(): Promise<void> {
    if (this.checkedVersion) return;
    const version = await this.parts.management.brokerVersion();
    const { verdict, why } = judgeBrokerVersion(version);
    if (verdict === 'refused') throw new BrokerRefusedError(version, why);
    if (verdict === 'untested') {
      this.parts.logger.warn({ version }, 'broker version is not among the tested ones, see docs/broker-versions.md');
    }
    this.parts.answers.canAsk = heedsConsumerCredit(version);
    this.checkedVersion = version;
  }

  private reviewAll(routings: OrgRouting[], subjects: ScopeSubject[], view: BrokerView, lookedAt: Date) {
    const { ages, answers, policies } = this.parts;
    const holders = queueHolders(subjects, view);
    const policyFor = policyFinder(policies);
    const otherHolderOf = (scope: string, queue: string) => {
      const holder = holders.get(queue);
      return holder === scope ? undefined : holder;
    };
    const reviews = subjects.map((subject) =>
      reviewScope(subject, {
        view,
        lookedAt,
        otherHolderOf,
        remainingMs: (queue) => ages.remainingMs(queue),
        answerOf: (queue) => answers.of(queue),
        policyOf: (queue) => policyFor(queue)?.name,
      }),
    );
    return { reviews, orgs: orgsWithQueues(routings, reviews, otherHolderOf) };
  }

  /** In this order: say what is not to be counted on, add, take back, say what is. */
  private async mend(judged: Judged[], gone: ScopeReview[], view: BrokerView, book: QueueSetBook) {
    const { declaring, replacing, tidying } = this.parts;
    const incomplete = judged.filter(({ next }) => next.kind === 'waiting' || next.kind === 'damaged');
    await book.save(
      incomplete.map(({ review, next }) => nextRow(review, next)),
      incomplete.flatMap(({ review }) => lossesOf(review)),
    );
    await declaring.putPolicies(view);
    const hasReplaced = await replacing.run(
      incomplete.map(({ review }) => review),
      view,
    );
    await this.markDeclared(incomplete);
    const refused: string[] = [];
    const budget = new TimeBudget(declaringBudgetMs);
    for (const { review } of incomplete) {
      if (isMissingSome(review) && budget.allowsMore()) refused.push(...(await declaring.complete(review)));
    }
    if (refused.length > 0) {
      this.parts.logger.warn({ refused: refused.slice(0, 10), count: refused.length }, 'declarations refused');
    }

    const ready = judged.filter(({ next }) => next.kind === 'ready');
    const isProven = ready.length === 0 || (await this.probe());
    const complete = judged.filter(({ next }) => next.kind === 'confirmed' || (next.kind === 'ready' && isProven));
    // What would reach the wrong org goes even where the rest has to wait: below, the right one may be confirmed. So does
    // what feeds a queue that another scope must have; nothing is published for this one meanwhile.
    const wanted = wantedQueues(incomplete);
    for (const { review } of incomplete) {
      const { foreign, surplus } = review;
      const inTheWay = surplus.filter((one) => wanted.has(one.queue) && !foreign.includes(one));
      await tidying.unbind(review, [...foreign, ...inTheWay]);
    }
    for (const review of gone) await tidying.unbind(review, review.surplus);
    for (const { review } of complete) await tidying.unbind(review, review.surplus);
    await book.save(complete.map(({ review, next }) => nextRow(review, next)));
    // Relays need not wait for what follows, which may take its time.
    await this.parts.announcer.flush();
    await this.markWhole(complete, book);
    const movingPauseMs = await this.parts.moving.run(
      complete.map(({ review }) => review),
      incomplete.map(({ review }) => review),
      view,
      new TimeBudget(movingBudgetMs),
    );
    const hasMadeRoom = await this.tidy({ complete, incomplete, gone }, view, book);
    const pauses = [movingPauseMs, this.pauseAfter(judged, isProven)].filter((pause) => pause !== null);
    if (budget.wasCut || hasMadeRoom || hasReplaced) return 0;
    return pauses.length > 0 ? Math.min(...pauses) : null;
  }

  /** Before they are declared: whatever of these names there was before is gone, and its loss recorded. */
  private async markDeclared(incomplete: Judged[]): Promise<void> {
    const { lease, marks } = this.parts;
    const queues = incomplete.flatMap(({ review }) => review.missingQueues);
    if (queues.length > 0) await lease.write((manager) => marks.declared(manager, queues));
  }

  /** Later losses count from here; a scope whose queue has no leader keeps the last moment it had one. */
  private async markWhole(complete: Judged[], book: QueueSetBook): Promise<void> {
    const { lease, queueSets } = this.parts;
    const whole = complete.filter(({ review }) => isHeard(review)).map(({ review }) => review);
    const [first] = whole;
    if (!first) return;
    const scopes = whole.map(({ desired }) => desired.scope).filter((scope) => book.rows.has(scope));
    await lease.write((manager) => queueSets.markWhole(manager, scopes, first.lookedAt));
  }

  /** Returns whether another scope can go on now. */
  private async tidy(
    { complete, incomplete, gone }: { complete: Judged[]; incomplete: Judged[]; gone: ScopeReview[] },
    view: BrokerView,
    book: QueueSetBook,
  ): Promise<boolean> {
    const { tidying, lease, marks } = this.parts;
    const wanted = wantedQueues(incomplete);
    const inTheWay = incomplete
      .filter(({ review }) => review.blocked.length > 0)
      .map(({ review }) => ({ ...review, leftovers: review.leftovers.filter((queue) => wanted.has(queue)) }));
    const deleted = await tidying.deleteIdle([...complete.map(({ review }) => review), ...inTheWay, ...gone], view);
    if (deleted.size > 0) await lease.write((manager) => marks.forget(manager, [...deleted]));
    const left = (review: ScopeReview) => ({
      ...review,
      leftovers: review.leftovers.filter((queue) => !deleted.has(queue)),
    });
    const shrunk = [...complete, ...incomplete].filter(({ review }) =>
      review.leftovers.some((queue) => deleted.has(queue)),
    );
    const remaining = gone.map(left).filter(({ leftovers }) => leftovers.length > 0);
    await book.save([
      ...shrunk.map(({ review }) => nextRow(left(review), nextState(left(review)))),
      ...remaining.map((review) => ({
        ...nextRow(review, { kind: 'waiting', detail: `org is gone; left over: ${review.leftovers.join(', ')}` }),
        bindings: [],
      })),
    ]);
    const kept = new Set(remaining.map(({ desired }) => desired.scope));
    await book.remove(gone.map(({ desired }) => desired.scope).filter((scope) => !kept.has(scope)));
    return [...wanted].some((queue) => deleted.has(queue));
  }

  /** Shows that the broker confirms quorum writes, on a queue that nobody reads. */
  private async probe(): Promise<boolean> {
    const { publisher, logger } = this.parts;
    const result = await publisher.publish({
      exchange: exchanges.retry,
      routingKey: probeQueue,
      body: '{}',
      messageId: `probe:${randomUUID()}`,
      // One that finds its queue gone lands in `system.dead`, where only what somebody misses should lie.
      expirationMs: probeLifeMs,
    });
    if (result.status !== 'confirmed') logger.warn({ result }, 'probe not confirmed: nothing new is confirmed either');
    return result.status === 'confirmed';
  }

  private pauseAfter(judged: Judged[], isProven: boolean): number | null {
    const { ages } = this.parts;
    const pauses = judged.flatMap(({ review, next }) => {
      if (next.kind === 'ready') return isProven ? [] : [unsettledPauseMs];
      if (next.kind === 'confirmed') return isHeard(review) ? [] : [mutePauseMs];
      if (next.kind !== 'waiting' || review.obstacles.length > 0) return [];
      const remainingMs = Math.max(0, ...review.desired.queues.map((queue) => ages.remainingMs(queue)));
      return [remainingMs > 0 ? remainingMs : isMissingSome(review) ? 0 : unsettledPauseMs];
    });
    return pauses.length > 0 ? Math.min(...pauses) : null;
  }

  private report(judged: Judged[]): void {
    const { alarms, metrics, logger } = this.parts;
    const drifted = judged.filter(({ review, next }) => isDrift(review, next));
    for (const { review, next } of drifted) {
      const { desired, row, lookedAt } = review;
      // What was sent in between may have found no queue.
      const lost = { scope: desired.scope, detail: next.detail, wholeAt: row?.wholeAt ?? null, foundAt: lookedAt };
      logger.error(lost, 'confirmed queues were found wanting');
    }
    const leaderless = judged.flatMap(({ review }) => review.leaderless);
    const mute = judged.flatMap(({ review }) => review.mute);
    metrics.round({ drifted: drifted.length, leaderless: leaderless.length + mute.length });
    alarms.replace('round', [
      ...leaderless.map((queue) => `queue ${queue} has no leader`),
      ...mute.map((queue) => `queue ${queue} does not answer`),
      ...judged
        .flatMap(({ review }) => review.foreignPolicies)
        .map((queue) => `queue ${queue} is under a foreign policy`),
      ...judged.flatMap(({ review }) => review.damage),
    ]);
  }
}

/** Queues that a scope waits for while another has them. */
const wantedQueues = (incomplete: readonly Judged[]): Set<string> =>
  new Set(incomplete.flatMap(({ review }) => review.blocked));

/** Those on the broker that a scope needs; of scopes that wait for it first. */
function queuesToAsk(subjects: readonly ScopeSubject[], view: BrokerView): string[] {
  const queuesOf = (isConfirmed: boolean) =>
    subjects
      .filter(({ row }) => (row?.state === 'confirmed') === isConfirmed)
      .flatMap(({ desired }) => desired.queues.filter((queue) => view.queues.has(queue)));
  return [...new Set([...queuesOf(false), ...queuesOf(true)])];
}

const isHeard = ({ leaderless, mute, unasked }: ScopeReview): boolean =>
  leaderless.length + mute.length + unasked.length === 0;

const isMissingSome = ({ missingExchanges, missingQueues, missingBindings }: ScopeReview): boolean =>
  missingExchanges.length + missingQueues.length + missingBindings.length > 0;

function orgsWithQueues(
  routings: readonly OrgRouting[],
  reviews: readonly ScopeReview[],
  otherHolderOf: (scope: string, queue: string) => string | undefined,
): OrgWithQueues[] {
  const byScope = new Map(reviews.map((review) => [review.desired.scope, review]));
  return routings.map((org) => {
    const scope = orgScopeName(org.id);
    const review = byScope.get(scope);
    const queues = [...(review?.desired.queues ?? []), ...(review?.leftovers ?? [])];
    return {
      org,
      // The webhook queue is ours to read, whatever it was called, and so is what waits for a name to be free.
      customQueues: queues.filter((queue) => !queue.endsWith('.webhook') && !isTransit(queue)),
      withheld: customQueueNames(org).filter((queue) => otherHolderOf(scope, queue) !== undefined),
    };
  });
}
