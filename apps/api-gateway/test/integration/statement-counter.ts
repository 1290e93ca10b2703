import { Database } from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';

/** A running gateway, of whatever fixture. */
interface CountedGateway {
  app: { get(type: typeof Database): Database };
}

/** Counts statements of a gateway that match a pattern, in transactions or not, until it is stopped. The pattern leaves out what
 *  the gateway asks by itself from time to time, and meets names without quotes. */
export class StatementCounter {
  private statements: string[] = [];

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
        // Repositories, query builders and raw statements all end here; a manager has a runner of its own each time.
        const runner = manager.queryRunner!;
        const send = runner.query.bind(runner);
        runner.query = ((sql: string, ...given: never[]) => {
          counter.note(sql, pattern);
          return send(sql, ...given);
        }) as typeof runner.query;
        return work(manager);
      };
    database.run = (work, limitMs) => run(counting(work), limitMs);
    database.transaction = (work) => transaction(counting(work));
    database.query = (sql, parameters) => {
      counter.note(sql, pattern);
      return query(sql, parameters);
    };
    return counter;
  }

  /** Since the last time. */
  take(): number {
    return this.takeStatements().length;
  }

  /** The same, as text. */
  takeStatements(): string[] {
    const taken = this.statements;
    this.statements = [];
    return taken;
  }

  stop(): void {
    this.restore();
  }

  private note(sql: string, pattern: RegExp): void {
    const unquoted = sql.replaceAll('"', '');
    if (pattern.test(unquoted)) this.statements.push(unquoted);
  }
}
