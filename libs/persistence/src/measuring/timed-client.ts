import { Client, Query, type ClientConfig, type QueryResult } from 'pg';
import type { StatementClock } from './statement-clock';

type Callback = (error: Error | null, result: QueryResult) => void;

/** What the driver calls on a query beyond its public face. */
interface DriverQuery {
  callback: Callback;
  handleDataRow(message: unknown): void;
}

const driverHandleDataRow = (Query.prototype as unknown as DriverQuery).handleDataRow;

/** Rows are read while they come in: what that takes is added up row by row. */
class TimedQuery extends Query {
  decodeMs = 0;

  handleDataRow(message: unknown): void {
    const startedAt = performance.now();
    driverHandleDataRow.call(this as unknown as DriverQuery, message);
    this.decodeMs += performance.now() - startedAt;
  }
}

type ClientClass = new (config?: string | ClientConfig) => Client;

/** As `Base`, and whatever answers by a promise is measured. Cursors and callers with a callback are the driver's own affair. */
export function timedClient(Base: ClientClass, clock: StatementClock): ClientClass {
  const sendQuery = Base.prototype.query as (this: Client, ...args: unknown[]) => unknown;
  class TimedClient extends Base {}
  Object.defineProperty(TimedClient.prototype, 'query', {
    value(this: Client, config: unknown, values?: unknown, callback?: unknown) {
      if (!isMeasured(config, values, callback)) return sendQuery.call(this, config, values, callback);
      const query = new TimedQuery(config as string, values as unknown[]);
      const startedAt = performance.now();
      return new Promise((resolve, reject) => {
        (query as unknown as DriverQuery).callback = (error, result) => {
          clock.ended(this, textOf(config), performance.now() - startedAt, query.decodeMs);
          if (error) reject(error);
          else resolve(result);
        };
        sendQuery.call(this, query);
      });
    },
  });
  return TimedClient;
}

const isMeasured = (config: unknown, values: unknown, callback: unknown): boolean =>
  typeof values !== 'function' &&
  callback === undefined &&
  (typeof config === 'string' ||
    (typeof config === 'object' && config !== null && !('submit' in config) && !('callback' in config)));

const textOf = (config: unknown): string =>
  typeof config === 'string' ? config : String((config as { text?: unknown }).text ?? '');
