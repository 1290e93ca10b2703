import type { Database, ScheduledTask } from '@groundswell/persistence';
import type { Logger } from '@groundswell/observability';
import type { MessageIntake } from './message-intake';
import { SweepRepository, type SweepName } from './sweep.repository';

const pageSize = 20_000;
/** Pages of one run. What is gone is also seen when it is planned, so it is looked for less often. */
const pagesPerRun: Record<SweepName, number> = { missed: 10, gone: 2, removed: 2 };
const idsAtOnce = 500;

/**
 * Finds what facts did not tell: messages without a row, rows whose action was deleted, rejected or erased, and those of removed tests. Goes round
 * all messages by id, on from where the last run stopped. Twice is safe: see MessageIntake.
 */
export class SweepMessagesTask implements ScheduledTask {
  readonly id = 'mtt-sweep';

  constructor(
    private readonly database: Database,
    private readonly intake: MessageIntake,
    private readonly logger: Logger,
    readonly everyMs: number,
  ) {}

  async run(): Promise<void> {
    const added = await this.goRound('missed', async (actionIds) => (await this.intake.refresh({ actionIds })).added);
    const cancelled = await this.goRound('gone', (messageIds) => this.intake.withdraw(messageIds));
    const removed = await this.goRound('removed', (messageIds) => this.intake.forgetRemoved(messageIds));
    if (added > 0) this.logger.warn({ messages: added }, 'messages to targets that no fact had told of');
    if (cancelled > 0) this.logger.info({ messages: cancelled }, 'messages to targets cancelled');
    if (removed > 0) this.logger.info({ messages: removed }, 'rows of removed tests forgotten');
  }

  private async goRound(name: SweepName, deal: (ids: number[]) => Promise<number>): Promise<number> {
    let count = 0;
    let after = await this.database.run((manager) => new SweepRepository(manager).position(name));
    for (let page = 0; page < pagesPerRun[name]; page += 1) {
      const { ids, lastId } = await this.database.run((manager) => new SweepRepository(manager)[name](after, pageSize));
      for (let from = 0; from < ids.length; from += idsAtOnce) count += await deal(ids.slice(from, from + idsAtOnce));
      after = lastId ?? 0;
      await this.database.run((manager) => new SweepRepository(manager).move(name, after));
      if (lastId === null) break;
    }
    return count;
  }
}
