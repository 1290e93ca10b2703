import type { Logger } from '@groundswell/observability';
import type { Database, ScheduledTask } from '@groundswell/persistence';
import { BatchRepository } from './batch.repository';
import type { BatchRetries } from './mailing';
import { endMailing } from './mailing-end';
import { MailingRepository } from './mailing.repository';

/** Looks after batches whose process is gone or whose calls had no result, and ends mailings nobody is sending. One bad
 *  mailing does not stop the others. Twice is safe. */
export class SettleMailingsTask implements ScheduledTask {
  readonly id = 'settle-mailings';

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
    private readonly batchRetries: BatchRetries,
    readonly everyMs: number,
  ) {}

  async run(): Promise<void> {
    const orphaned = await this.database.transaction((manager) =>
      new BatchRepository(manager).resolveOrphans(this.batchRetries),
    );
    const underWay = await this.database.run((manager) => new MailingRepository(manager).underWay());
    const toEnd = new Set([...orphaned, ...underWay.flatMap(({ id, state }) => (state === 'submitting' ? [id] : []))]);
    for (const id of toEnd) {
      try {
        await endMailing(this.database, id);
      } catch (error) {
        this.logger.warn(
          { mailingId: id, reason: error instanceof Error ? error.message : String(error) },
          'not ended',
        );
      }
    }
  }
}
