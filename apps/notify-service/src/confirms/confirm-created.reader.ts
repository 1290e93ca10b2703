import type { FactReader } from '../facts/fact-readers';
import type { NotifyFact } from '../facts/notify-fact';
import type { ConfirmMetrics } from './confirm-metrics';
import { isAskedByMail, type ConfirmNotifier } from './confirm-notifier';

/** A confirm was created: asks for its mails (email-and-mtt.md §6.1). Twice is safe: see ConfirmNotifier. Order does not
 *  matter. */
export class ConfirmCreatedReader implements FactReader {
  readonly id = 'confirms';
  readonly schemas = ['groundswell:confirm:1'] as const;

  constructor(
    private readonly notifier: Pick<ConfirmNotifier, 'notify'>,
    private readonly metrics: Pick<ConfirmMetrics, 'handled'>,
  ) {}

  async read(facts: readonly NotifyFact[]): Promise<void> {
    for (const fact of facts) {
      if (fact.schema !== 'groundswell:confirm:1' || !isAskedByMail(fact.operation)) continue;
      const { outcome, mails } = await this.notifier.notify(fact.confirmId);
      this.metrics.handled('fact', outcome, mails);
    }
  }
}
