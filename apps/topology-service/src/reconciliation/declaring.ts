import type { Logger } from '@groundswell/observability';
import type { BrokerView } from '../broker/broker-view';
import type { Declarer } from '../broker/declarer';
import type { ManagementClient } from '../broker/management.client';
import type { Policy } from '../desired/policies';
import type { QueueAnswers } from './queue-answers';
import type { QueueAges } from './queue-ages';
import type { ReconcileLease } from './reconcile-lease';
import type { ScopeReview } from './scope-review';

/** Adds to the broker what is missing. Policies come first, so that no message meets a queue without them; then exchanges,
 *  queues, bindings. Nothing here takes anything away. */
export class Declaring {
  constructor(
    private readonly management: ManagementClient,
    private readonly declarer: Declarer,
    private readonly lease: ReconcileLease,
    private readonly ages: QueueAges,
    private readonly answers: QueueAnswers,
    private readonly policies: readonly Policy[],
    private readonly logger: Logger,
  ) {}

  /** Policies that are missing or differ. One of ours that was changed by hand is set back. */
  async putPolicies(view: BrokerView): Promise<void> {
    for (const { name, ...policy } of this.policies) {
      const wanted = { ...policy, 'apply-to': 'queues' };
      const found = view.policies.get(name);
      if (found && isSamePolicy(found, wanted)) continue;
      this.lease.assertHeld();
      await this.management.putPolicy(name, wanted);
      this.logger.info({ policy: name, definition: policy.definition }, 'policy set');
    }
  }

  /** Returns what the broker refused, as texts; the next round sees how things stand. */
  async complete(review: ScopeReview): Promise<string[]> {
    const refused: string[] = [];
    const attempt = async (what: string, step: () => Promise<string | null>) => {
      this.lease.assertHeld();
      const refusal = await step();
      if (refusal === null) this.logger.debug({ scope: review.desired.scope }, `declared ${what}`);
      else refused.push(`${what}: ${refusal}`);
      return refusal === null;
    };
    for (const exchange of review.missingExchanges) {
      await attempt(`exchange ${exchange.name}`, () => this.declarer.declareExchange(exchange));
    }
    for (const queue of review.missingQueues) {
      const isDeclared = await attempt(`queue ${queue}`, () => this.declarer.declareQueue(queue));
      if (!isDeclared) continue;
      this.ages.declared(queue);
      this.answers.declared(queue);
    }
    for (const binding of review.missingBindings) {
      const what = `binding ${binding.exchange} ${binding.key} → ${binding.queue}`;
      await attempt(what, () => this.declarer.bind(binding));
    }
    return refused;
  }
}

const isSamePolicy = (
  found: { pattern: string; priority: number; 'apply-to': string; definition: Record<string, unknown> },
  wanted: { pattern: string; priority: number; 'apply-to': string; definition: Record<string, unknown> },
): boolean => {
  const keys = Object.keys(wanted.definition);
  return (
    found.pattern === wanted.pattern &&
    found.priority === wanted.priority &&
    found['apply-to'] === wanted['apply-to'] &&
    keys.length === Object.keys(found.definition).length &&
    keys.every((key) => found.definition[key] === wanted.definition[key])
  );
};
