import type { Database, ScheduledTask } from '@groundswell/persistence';
import { OrphanContentRepository } from './orphan-content.repository';
import { SentTestRepository } from './sent-test.repository';

/** Messages looked at in one transaction; transactions in one run. */
const messagesAtOnce = 500;
const batchesPerRun = 200;
/** Contents looked at together; pages of one run, about 10 ms each. */
const pageSize = 10_000;
const pagesPerRun = 500;

/**
 * Removes sent tests of mail to targets a day after their action, and contents no message has (email-and-mtt.md §5.8). Why
 * mtt-service sends no command for it: docs/adr/0011. It finds the messages gone and removes its own rows. Twice is safe, side
 * by side too: what another holds is passed over.
 */
export class RemoveSentTestsTask implements ScheduledTask {
  readonly id = 'remove-sent-tests';
  /** The content the last run stopped at. */
  private afterContent = 0;

  constructor(
    private readonly database: Database,
    readonly everyMs: number,
    private readonly logger: { info(fields: object, text: string): void },
  ) {}

  async run(): Promise<void> {
    const messages = await this.removeMessages();
    const contents = await this.removeOrphans();
    if (messages + contents > 0) this.logger.info({ messages, contents }, 'sent tests of mail to targets removed');
  }

  private async removeMessages(): Promise<number> {
    let removed = 0;
    let after = 0;
    for (let batch = 0; batch < batchesPerRun; batch += 1) {
      const found = await this.database.run((manager) =>
        new SentTestRepository(manager).findAfter(after, messagesAtOnce),
      );
      if (found.length > 0) removed += await this.removeBatch(found);
      if (found.length < messagesAtOnce) break;
      after = found.at(-1) ?? 0;
    }
    return removed;
  }

  private removeBatch(found: readonly number[]): Promise<number> {
    return this.database.transaction(async (manager) => {
      const tests = new SentTestRepository(manager);
      const ids = await tests.lock(found);
      await tests.remove(ids);
      return ids.length;
    });
  }

  private async removeOrphans(): Promise<number> {
    let removed = 0;
    for (let page = 0; page < pagesPerRun; page += 1) {
      const { ids, lastId } = await this.database.run((manager) =>
        new OrphanContentRepository(manager).findAfter(this.afterContent, pageSize),
      );
      if (ids.length > 0) removed += await this.removeContents(ids);
      this.afterContent = lastId ?? 0;
      if (lastId === null) break;
    }
    return removed;
  }

  private removeContents(ids: readonly number[]): Promise<number> {
    return this.database.transaction(async (manager) => {
      const contents = new OrphanContentRepository(manager);
      return contents.remove(await contents.lock(ids));
    });
  }
}
