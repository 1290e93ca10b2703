import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { createDataSource, type DataSourceSettings } from './data-source';
import { DatabaseAwayError, isAnswer, isDatabaseAway, isStalePlan } from './database-fault';

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

  constructor(
    settings: DataSourceSettings,
    private readonly logger: DatabaseLogger,
  ) {
    this.source = createDataSource(settings);
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
    const { master } = this.source.driver as unknown as { master?: { waitingCount: number } };
    return master?.waitingCount ?? 0;
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

  /**
   * A connection whose last statement has no known end must never serve anybody else: the driver gives up waiting for an
   * answer without ending the transaction, and the next COMMIT on it would commit half of somebody's batch. So unless
   * the failure came from the server as an answer and the rollback was answered too, the connection is cut.
   */
  private async onConnection<T>(work: (runner: QueryRunner) => Promise<T>, limitMs?: number): Promise<T> {
    if (!this.source.isInitialized) throw new DatabaseAwayError(this.lastFault ?? 'not connected');
    const runner = this.source.createQueryRunner();
    let client: RawClient | null = null;
    let timer: NodeJS.Timeout | undefined;
    try {
      client = (await runner.connect()) as RawClient;
      const { stream } = client.connection;
      if (limitMs !== undefined) timer = setTimeout(() => stream.destroy(), limitMs);
      const result = await work(runner);
      this.lastFault = null;
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
