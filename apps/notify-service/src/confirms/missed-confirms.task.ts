import type { Logger } from '@groundswell/observability';
import type { Database, ScheduledTask } from '@groundswell/persistence';
import type { ConfirmMetrics } from './confirm-metrics';
import type { ConfirmNotifier } from './confirm-notifier';
import { ConfirmReadModel } from './confirm.read-model';

const batchSize = 100;

/** Deals with confirms whose fact never came: lost with its queue, parked, or published before there was a queue. Twice is
 *  safe, beside the handler too: see ConfirmNotifier. */
export class MissedConfirmsTask implements ScheduledTask {
  readonly id = 'missed-confirms';

  constructor(
    private readonly database: Database,
    private readonly notifier: ConfirmNotifier,
    private readonly metrics: ConfirmMetrics,
    private readonly logger: Logger,
    readonly everyMs: number,
    private readonly missedAfterMs: number,
  ) {}

  async run(): Promise<void> {
    const missed = await this.database.run((manager) =>
      new ConfirmReadModel(manager).missed(this.missedAfterMs, batchSize),
    );
    for (const confirmId of missed) {
      const { outcome, mails } = await this.notifier.notify(confirmId);
      this.metrics.handled('search', outcome, mails);
      this.logger.warn({ confirmId, outcome, mails }, 'the fact of a confirm had not come');
    }
  }
}
