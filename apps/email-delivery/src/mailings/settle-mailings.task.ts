import type { Logger } from '@groundswell/observability';
import type { Database, ScheduledTask } from '@groundswell/persistence';
import { BatchRepository } from './batch.repository';
import type { BatchRetries } from './mailing';
import { stopMailing } from './mailing-control';
import { endMailing } from './mailing-end';
import { MailingRepository } from './mailing.repository';

/** Looks after batches whose process is gone or whose calls had no result, stops what belongs to stopped mailouts, and ends mailings nobody is sending. One bad
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
    await this.stopMailouts();
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

  /** Nothing more of them is sent anyway: here their recipients' data goes. */
  private async stopMailouts(): Promise<void> {
    const ids = await this.database.run((manager) => new MailingRepository(manager).ofStoppedMailouts());
    for (const id of ids) {
      await this.database.transaction((manager) => stopMailing(new MailingRepository(manager), id));
    }
  }
}
