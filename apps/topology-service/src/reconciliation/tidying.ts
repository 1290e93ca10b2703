import type { Logger } from '@groundswell/observability';
import type { BrokerView, FoundBinding } from '../broker/broker-view';
import type { Declarer } from '../broker/declarer';
import { mayBeDeleted, orgIdOf } from '../desired/org-scope';
import { isGone } from './desired-state';
import type { IdleQueues } from './idle-queues';
import type { ReconcileLease } from './reconcile-lease';
import type { ScopeReview } from './scope-review';

/** Takes back what no setting asks for any more: bindings of the stage exchanges, and queues that stayed empty and unread
 *  for long. Never a binding of `system.retry`, never a queue that holds something. */
export class Tidying {
  constructor(
    private readonly declarer: Declarer,
    private readonly lease: ReconcileLease,
    private readonly idle: IdleQueues,
    private readonly logger: Logger,
  ) {}

  async unbind({ desired: { scope } }: ScopeReview, bindings: readonly FoundBinding[]): Promise<void> {
    for (const binding of bindings) {
      this.lease.assertHeld();
      const { exchange, queue, key } = binding;
      const refusal = await this.declarer.unbind(binding);
      if (refusal) this.logger.warn({ scope, exchange, queue, key, refusal }, 'binding not taken back');
      else this.logger.info({ scope, exchange, queue, key }, 'binding taken back');
    }
  }

  /** Given at once all complete scopes, and of the others what must make room; returns the queues that are gone now. Without its circuit binding a message that
   *  still waits in `system.retry` for such a queue goes to `system.dead`, where it is seen. */
  async deleteIdle(reviews: readonly ScopeReview[], view: BrokerView): Promise<Set<string>> {
    const candidates = reviews.flatMap((review) => review.leftovers.filter((queue) => isDeletable(review, queue)));
    const listed = candidates.flatMap((queue) => view.queues.get(queue) ?? []);
    const deleted = new Set<string>();
    for (const queue of this.idle.longIdle(listed)) {
      this.lease.assertHeld();
      if (!(await this.declarer.deleteIfIdle(queue))) continue;
      deleted.add(queue);
      this.logger.info({ queue }, 'queue deleted: empty, unread, not wanted any more');
    }
    return deleted;
  }
}

const isDeletable = (review: ScopeReview, queue: string): boolean => {
  const id = orgIdOf(review.desired.scope);
  // Still bound means that something may be on its way into it.
  if (id === null || review.surplus.some((binding) => binding.queue === queue)) return false;
  return isGone(review) || (review.orgName !== null && mayBeDeleted({ id, name: review.orgName }, queue));
};
