import { toldAtOnce, type TargetOutcomes } from '../targets/target-outcomes';
import type { Logger } from '@groundswell/observability';
import type { Database, ScheduledTask } from '@groundswell/persistence';
import { PreviewRepository } from '../previews/preview.repository';
import { TargetMailRepository } from '../targets/target-mail.repository';
import { DeliveryRepository } from './delivery.repository';

/** Old mails forgotten per run. */
const forgottenAtOnce = 5_000;

/** Ends what no sender will end: mails past their time, calls whose process is gone, mails of erased people; forgets
 *  whose mails erased and old ones were, keeps the previews few, and tells what became of mails to targets that others ended.
 *  Twice is safe. */
export class TidyDeliveriesTask implements ScheduledTask {
  readonly id = 'tidy-deliveries';

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
    readonly everyMs: number,
    private readonly eventMatchDays: number,
    private readonly targets: TargetOutcomes,
  ) {}

  async run(): Promise<void> {
    const { unknown, tooLate, erased } = await this.database.run(async (manager) => {
      const deliveries = new DeliveryRepository(manager);
      const ended = await deliveries.markEnded();
      const late = (await new TargetMailRepository(manager).returnTooLate()) + (await deliveries.failTooLate());
      const gone = await deliveries.failErased();
      await deliveries.forgetErased();
      await deliveries.forgetOld(this.eventMatchDays, forgottenAtOnce);
      const previews = new PreviewRepository(manager);
      await previews.removeErased();
      await previews.removeOld();
      return { unknown: ended, tooLate: late, erased: gone };
    });
    while ((await this.database.transaction((manager) => this.targets.tellAll(manager))) === toldAtOnce);
    if (unknown + tooLate + erased > 0) this.logger.warn({ unknown, tooLate, erased }, 'mails ended without a call');
  }
}
