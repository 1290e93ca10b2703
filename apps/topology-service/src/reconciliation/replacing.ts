import type { Logger } from '@groundswell/observability';
import type { BrokerView } from '../broker/broker-view';
import { ManagementAwayError } from '../broker/management-away.error';
import type { ManagementClient } from '../broker/management.client';
import type { QueueMarkRepository } from '../losses/queue-mark.repository';
import type { ReconcileLease } from './reconcile-lease';
import type { ScopeReview } from './scope-review';

/** At most this many in one round, all at once: each takes the broker seconds. */
const replacedAtOnce = 10;

/** Takes away queues that do not answer, so that the next round declares them again. Only those that we declared ourselves
 *  and that nobody was ever told to count on: they hold nothing. Any other is for a person to look at. */
export class Replacing {
  constructor(
    private readonly management: Pick<ManagementClient, 'deleteQueue'>,
    private readonly marks: QueueMarkRepository,
    private readonly lease: ReconcileLease,
    private readonly logger: Logger,
  ) {}

  /** Returns whether any went. */
  async run(reviews: readonly ScopeReview[], view: BrokerView): Promise<boolean> {
    const mute = reviews.flatMap((review) => review.mute).filter((queue) => !view.queues.get(queue)?.messages);
    const replaceable = mute.length > 0 ? await this.marks.neverCountedOn(mute) : [];
    const deleted = await Promise.all(replaceable.slice(0, replacedAtOnce).map((queue) => this.delete(queue)));
    return deleted.includes(true);
  }

  private async delete(queue: string): Promise<boolean> {
    this.lease.assertHeld();
    try {
      // Over AMQP this would hang as every other question does.
      await this.management.deleteQueue(queue);
      this.logger.warn({ queue }, 'queue that never answered deleted, to be declared again');
      return true;
    } catch (err) {
      if (!(err instanceof ManagementAwayError)) throw err;
      this.logger.warn({ queue, err }, 'queue that does not answer not deleted, tried again');
      return false;
    }
  }
}
