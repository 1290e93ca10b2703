import { Database } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
import type { AdminGateway } from './admin.fixture';

/** Counts statements of a gateway that match a pattern, in transactions or not, until it is stopped. */
export class StatementCounter {
  private count = 0;

  private constructor(private readonly restore: () => void) {}

  static start(gateway: AdminGateway, pattern: RegExp): StatementCounter {
    const database = gateway.app.get(Database);
    const run = database.run.bind(database);
    const transaction = database.transaction.bind(database);
    const counter = new StatementCounter(() => Object.assign(database, { run, transaction }));
    const counting =
      <T>(work: (manager: EntityManager) => Promise<T>) =>
      (manager: EntityManager) => {
        const { query } = manager;
        manager.query = (...given: Parameters<typeof query>) => {
          if (pattern.test(given[0])) counter.count += 1;
          return query.apply(manager, given) as never;
        };
        return work(manager);
      };
    database.run = (work, limitMs) => run(counting(work), limitMs);
    database.transaction = (work) => transaction(counting(work));
    return counter;
  }

  /** Since the last time. */
  take(): number {
    const taken = this.count;
    this.count = 0;
    return taken;
  }

  stop(): void {
    this.restore();
  }
}
