import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Pool } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { createDataSource, type DataSourceSettings } from './data-source';
import { DatabaseAwayError, isAnswer, isDatabaseAway, isStalePlan } from './database-fault';
import type { StatementClock } from './measuring/statement-clock';
import { PoolQueue } from './pool-queue';

/** Small structural logger, so this lib needs no particular one. */
export interface DatabaseLogger {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

/** What is needed of the driver's client beyond its public face. */
interface RawClient {
  connection: { stream: Socket };
}

const firstRetryMs = 250;
const longestRetryMs = 5_000;

/**
 * One service's database. Boot never waits for it: `connect` keeps trying in the background, and until it succeeds
 * (or whenever the server is away) every call fails with `DatabaseAwayError`, which callers treat as a fault of the
 * surroundings.
 */
export class Database {
  private readonly source: DataSource;
  private connecting: Promise<void> | null = null;
  private closed = false;
  private lastFault: string | null = 'not connected yet';
  private readonly queue: PoolQueue | null;

  constructor(
    settings: DataSourceSettings,
    private readonly logger: DatabaseLogger,
    private readonly clock?: StatementClock,
  ) {
    this.source = createDataSource(settings, clock);
    this.queue = settings.queue ? new PoolQueue(settings.poolSize, settings.queue) : null;
  }

  /** Starts connecting; resolves at the first success or after `waitMs`, whichever is first. */
  async connect(waitMs: number): Promise<boolean> {
    this.connecting ??= this.keepTrying();
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => (timer = setTimeout(resolve, waitMs)));
    await Promise.race([this.connecting, deadline]);
    clearTimeout(timer);
    return this.source.isInitialized;
  }

  /** Null while the last call succeeded; else a short reason. */
  get fault(): string | null {
    return this.lastFault;
  }

  /** Callers that wait for a connection because all are in use. */
  get waiting(): number {
    return this.queue?.waiting ?? this.pool?.waitingCount ?? 0;
  }

  /** Connections of this process. */
  get connections(): { open: number; idle: number } {
    return { open: this.pool?.totalCount ?? 0, idle: this.pool?.idleCount ?? 0 };
  }

  /** Of the driver; not there before the first success. */
  private get pool(): Pick<Pool, 'waitingCount' | 'totalCount' | 'idleCount'> | undefined {
    return (this.source.driver as unknown as { master?: Pool }).master;
  }

  /**
   * Runs `work` on one connection. Driver and network failures arrive as `DatabaseAwayError`. `limitMs` is for callers who
   * cannot wait for the statement's own limit: a connection that takes longer is cut.
   */
  async run<T>(work: (manager: EntityManager) => Promise<T>, limitMs?: number): Promise<T> {
    return this.onConnection((runner) => work(runner.manager), limitMs);
  }

  /** Runs `work` in one READ COMMITTED transaction. */
  async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.onConnection(async (runner) => {
      await runner.startTransaction();
      const result = await work(runner.manager);
      await runner.commitTransaction();
      return result;
    });
  }

  /** One statement; rows as objects. */
  async query<Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.onConnection((runner) => runner.manager.query<Row[]>(sql, parameters));
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.source.isInitialized) await this.source.destroy();
  }

  /** Whoever is turned away waits for a connection; the database is no less there. */
  private async onConnection<T>(work: (runner: QueryRunner) => Promise<T>, limitMs?: number): Promise<T> {
    if (!this.source.isInitialized) throw new DatabaseAwayError(this.lastFault ?? 'not connected');
    const askedAt = performance.now();
    const giveBack = await this.queue?.enter(limitMs !== undefined);
    try {
      return await this.onFreeConnection(work, askedAt, limitMs);
    } finally {
      giveBack?.();
    }
  }

  /**
   * A connection whose last statement has no known end must never serve anybody else: the driver gives up waiting for an
   * answer without ending the transaction, and the next COMMIT on it would commit half of somebody's batch. So unless
   * the failure came from the server as an answer and the rollback was answered too, the connection is cut.
   */
  private async onFreeConnection<T>(
    work: (runner: QueryRunner) => Promise<T>,
    askedAt: number,
    limitMs: number | undefined,
  ): Promise<T> {
    const runner = this.source.createQueryRunner();
    let client: RawClient | null = null;
    let timer: NodeJS.Timeout | undefined;
    try {
      client = (await runner.connect()) as RawClient;
      this.clock?.taken(client, performance.now() - askedAt);
      const { stream } = client.connection;
      if (limitMs !== undefined) timer = setTimeout(() => stream.destroy(), limitMs);
      const result = await work(runner);
      this.lastFault = null;
      for (const next of afterwards.get(runner) ?? []) next();
      return result;
    } catch (error) {
      // A connection that dies between two statements is released by TypeORM: what runs next fails by that alone.
      const isLost = runner.isReleased;
      if (client && (isLost || !(await isBackInOrder(runner, error)))) await cut(client);
      if (!isLost && !isDatabaseAway(error)) throw error;
      this.lastFault = error instanceof Error ? error.message : String(error);
      throw error instanceof DatabaseAwayError ? error : new DatabaseAwayError(this.lastFault, { cause: error });
    } finally {
      clearTimeout(timer);
      if (client) this.clock?.givenBack(client);
      await runner.release();
    }
  }

  private async keepTrying(): Promise<void> {
    let delayMs = firstRetryMs;
    while (!this.closed) {
      try {
        await this.source.initialize();
        if (this.closed) return await this.close();
        this.lastFault = null;
        this.logger.info({}, 'database connected');
        return;
      } catch (error) {
        this.lastFault = error instanceof Error ? error.message : String(error);
        this.logger.warn({ reason: this.lastFault, retryInMs: delayMs }, 'database away');
        await new Promise((resolve) => setTimeout(resolve, delayMs).unref());
        delayMs = Math.min(delayMs * 2, longestRetryMs);
      }
    }
  }
}

/** Runs what `manager` does once it is committed, and never when it is undone. It must not throw. */
export const afterCommit = (manager: EntityManager, next: () => void): void => {
  const { queryRunner } = manager;
  if (!queryRunner) throw new Error('afterCommit: the manager is of no connection');
  const list = afterwards.get(queryRunner);
  if (list) list.push(next);
  else afterwards.set(queryRunner, [next]);
};

/** A connection is taken anew for each piece of work. */
const afterwards = new WeakMap<QueryRunner, (() => void)[]>();

/** Ends a connection for good: once its socket is closed the pool takes it for dead, and the server rolls back. */
async function cut(client: RawClient): Promise<void> {
  const { stream } = client.connection;
  if (stream.destroyed) return;
  const closed = once(stream, 'close');
  stream.destroy();
  await closed;
}

/** True when the server answered, nothing is left open, and what is prepared on the connection is still right. */
async function isBackInOrder(runner: QueryRunner, error: unknown): Promise<boolean> {
  if (!isAnswer(error) || isStalePlan(error)) return false;
  if (!runner.isTransactionActive) return true;
  try {
    await runner.rollbackTransaction();
    return true;
  } catch {
    // Whatever kept the rollback from being answered, the connection is cut, which rolls back for sure.
    return false;
  }
}
