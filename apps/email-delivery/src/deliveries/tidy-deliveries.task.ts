import type { Database, ScheduledTask } from '@groundswell/persistence';
import { PreviewRepository } from '../previews/preview.repository';
import type { Logger } from '../runtime';
import { DeliveryRepository } from './delivery.repository';

/** Old mails forgotten per run. */
const forgottenAtOnce = 5_000;

/** Ends what no sender will end: mails past their time, calls whose process is gone, mails of erased people; forgets
 *  whose mails erased and old ones were, and keeps the previews few. Twice is safe. */
export class TidyDeliveriesTask implements ScheduledTask {
  readonly id = 'tidy-deliveries';

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
    readonly everyMs: number,
    private readonly eventMatchDays: number,
  ) {}

  async run(): Promise<void> {
    const { unknown, tooLate, erased } = await this.database.run(async (manager) => {
      const deliveries = new DeliveryRepository(manager);
      const ended = await deliveries.markEnded();
      const late = await deliveries.failTooLate();
      const gone = await deliveries.failErased();
      await deliveries.forgetErased();
      await deliveries.forgetOld(this.eventMatchDays, forgottenAtOnce);
      const previews = new PreviewRepository(manager);
      await previews.removeErased();
      await previews.removeOld();
      return { unknown: ended, tooLate: late, erased: gone };
    });
    if (unknown + tooLate + erased > 0) this.logger.warn({ unknown, tooLate, erased }, 'mails ended without a call');
  }
}
