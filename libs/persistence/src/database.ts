import type { DataSource, EntityManager } from 'typeorm';
import { createDataSource, type DataSourceSettings } from './data-source';
import { DatabaseAwayError, isDatabaseFault } from './database-fault';

/** Small structural logger, so this lib needs no particular one. */
export interface DatabaseLogger {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
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

  /** Runs `work` on the pool. Driver and network failures arrive as `DatabaseAwayError`. */
  async run<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.guarded(() => work(this.source.manager));
  }

  /** Runs `work` in one READ COMMITTED transaction. */
  async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.guarded(() => this.source.transaction(work));
  }

  /** One statement; rows as objects. */
  async query<Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.guarded(() => this.source.query<Row[]>(sql, parameters));
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.source.isInitialized) await this.source.destroy();
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    if (!this.source.isInitialized) throw new DatabaseAwayError(this.lastFault ?? 'not connected');
    try {
      const result = await work();
      this.lastFault = null;
      return result;
    } catch (error) {
      if (!isDatabaseFault(error)) throw error;
      this.lastFault = error instanceof Error ? error.message : String(error);
      throw error instanceof DatabaseAwayError ? error : new DatabaseAwayError(this.lastFault, { cause: error });
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
