import { Database } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';

/** A running gateway, of whatever fixture. */
interface CountedGateway {
  app: { get(type: typeof Database): Database };
}

/** Counts statements of a gateway that match a pattern, in transactions or not, until it is stopped. The pattern leaves out what
 *  the gateway asks by itself from time to time. */
export class StatementCounter {
  private count = 0;

  private constructor(private readonly restore: () => void) {}

  static start(gateway: CountedGateway, pattern: RegExp): StatementCounter {
    const database = gateway.app.get(Database);
    const run = database.run.bind(database);
    const transaction = database.transaction.bind(database);
    const query = database.query.bind(database);
    const counter = new StatementCounter(() => Object.assign(database, { run, transaction, query }));
    const counting =
      <T>(work: (manager: EntityManager) => Promise<T>) =>
      (manager: EntityManager) => {
        const { query: send } = manager;
        manager.query = (...given: Parameters<typeof send>) => {
          if (pattern.test(given[0])) counter.count += 1;
          return send.apply(manager, given) as never;
        };
        return work(manager);
      };
    database.run = (work, limitMs) => run(counting(work), limitMs);
    database.transaction = (work) => transaction(counting(work));
    database.query = (sql, parameters) => {
      if (pattern.test(sql)) counter.count += 1;
      return query(sql, parameters);
    };
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
