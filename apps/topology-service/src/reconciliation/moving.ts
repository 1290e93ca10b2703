import type { Logger } from '@groundswell/observability';
import { BrokerAwayError } from '../broker/broker-away.error';
import { hasLeader, type BrokerView } from '../broker/broker-view';
import type { Declarer } from '../broker/declarer';
import type { MessageMover } from '../broker/message-mover';
import { isTransit } from '../desired/queue-kinds';
import { circuitBindings } from '../desired/system-topology';
import type { QueueAges } from './queue-ages';
import { movesAside, movesHome, type QueueMove } from './queue-moves';
import type { ReconcileLease } from './reconcile-lease';
import type { RoundMetrics } from './round-metrics';
import type { ScopeReview } from './scope-review';
import type { TimeBudget } from './time-budget';

export interface MovingParts {
  mover: Pick<MessageMover, 'move'>;
  declarer: Declarer;
  lease: ReconcileLease;
  ages: QueueAges;
  metrics: RoundMetrics;
  logger: Logger;
}

/** After a rename: takes what waits in an org's former queues to its present ones (processing.md §7.2). Whoever reads the old
 *  queue meanwhile goes on doing so. Twice is safe: message ids stay. */
export class Moving {
  constructor(private readonly parts: MovingParts) {}

  /** `complete` may take their messages home; of `incomplete` those in the way of each other step aside. Returns after how
   *  many ms there is more to do, null when not. A queue that fails is left for the next round, and fails nobody else. */
  async run(
    complete: readonly ScopeReview[],
    incomplete: readonly ScopeReview[],
    view: BrokerView,
    budget: TimeBudget,
  ): Promise<number | null> {
    const wanted = new Set(incomplete.flatMap(({ blocked }) => blocked));
    const moves = [
      ...complete.flatMap((review) => movesHome(review)),
      ...incomplete.flatMap((review) => movesAside(review, wanted)),
    ];
    const pauses: number[] = [];
    for (const move of moves) {
      if (!budget.allowsMore()) break;
      const waitMs = await this.readyIn(move, view);
      if (waitMs === 0) await this.move(move, budget);
      else pauses.push(waitMs);
    }
    if (budget.wasCut) return 0;
    return pauses.length > 0 ? Math.min(...pauses) : null;
  }

  /** How long until the target can be relied on, ms. A queue to wait in is made here, and kept once it is empty again until
   *  the tidying takes it. */
  private async readyIn({ scope, to }: QueueMove, view: BrokerView): Promise<number> {
    const { declarer, lease, ages, logger } = this.parts;
    const found = view.queues.get(to);
    const isBound = circuitBindings([to]).every((binding) => view.has(binding));
    if (isTransit(to) && !(found && isBound)) {
      lease.assertHeld();
      const refusal = await declarer.declareQueue(to);
      for (const binding of refusal ? [] : circuitBindings([to])) await declarer.bind(binding);
      if (!found) ages.declared(to);
      logger.info({ scope, queue: to, refusal }, 'queue to wait in, until the new name is free');
      return notYetMs;
    }
    if (!found || !isBound || !hasLeader(found)) return notYetMs;
    return ages.remainingMs(to);
  }

  private async move({ scope, from, to }: QueueMove, budget: TimeBudget): Promise<void> {
    const { mover, lease, metrics, logger } = this.parts;
    try {
      const moved = await mover.move(from, to, () => {
        lease.assertHeld();
        return budget.allowsMore();
      });
      metrics.moved(moved);
      if (moved > 0) logger.info({ scope, from, to, moved }, 'messages moved to the present queue');
    } catch (err) {
      if (!(err instanceof BrokerAwayError)) throw err;
      logger.warn({ scope, from, to, err }, 'messages not moved, tried again');
    }
  }
}

const notYetMs = 1_000;
