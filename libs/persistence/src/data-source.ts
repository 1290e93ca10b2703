import { Client, type ClientConfig } from 'pg';
import { DataSource, DefaultNamingStrategy } from 'typeorm';
import { actionEntities } from './actions/action-entities';
import { catalogEntities } from './catalog/catalog-entities';
import { databaseAddress } from './database-address';
import type { PoolQueueLimits } from './pool-queue';
import type { StatementClock } from './measuring/statement-clock';
import { timedClient } from './measuring/timed-client';
import { migrations } from './migrations/migrations';

/** Property `orgId` is column `org_id`. */
class SnakeCaseNaming extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string | undefined, prefixes: string[]): string {
    const name = customName || propertyName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return [...prefixes, name].join('_');
  }
}

/**
 * The pool hands a new connection over while the rest of the same read is still being parsed, its own listener gone and
 * TypeORM's not there yet. A server that dies right then would end the process: an error nobody listens to is thrown.
 */
class ListenedClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on('error', () => undefined);
  }
}

export interface DataSourceSettings {
  /** With the parameters of TLS that `databaseAddress` reads. */
  url: string;
  applicationName: string;
  /** Connections this process may hold at most. */
  poolSize: number;
  /** Longest a statement may run, ms. */
  statementTimeoutMs?: number;
  /** Longest to wait for a new connection, ms. */
  connectTimeoutMs?: number;
  /** Turns callers away that would wait for a connection for too long; without it they wait as long as for a new one. */
  queue?: PoolQueueLimits;
  /** Longest to wait for a row or advisory lock, ms. Default: as a statement. */
  lockTimeoutMs?: number;
  /**
   * For connections that only look rows up by key: plans made while tables are new must not become full scans once they
   * are large, before statistics say so. Default false.
   */
  avoidFullScans?: boolean;
  /**
   * For connections with few prepared statements, run again and again: each is planned once, whatever its parameters. Such a
   * plan must not have been made for a small table, so full scans are avoided too. Default false.
   */
  keepPlans?: boolean;
}

/** A plan without full scans looks expensive where nothing but a scan is possible, and would be compiled each time. */
const withoutFullScans = '-c enable_seqscan=off -c jit=off';

const sessionOptions = ({ avoidFullScans, keepPlans }: DataSourceSettings): { options?: string } => {
  if (keepPlans) return { options: `${withoutFullScans} -c plan_cache_mode=force_generic_plan` };
  return avoidFullScans ? { options: withoutFullScans } : {};
};

/** TypeORM over pg: 64-bit ids as numbers, a bounded pool, and a limit on every wait. */
export const createDataSource = (settings: DataSourceSettings, clock?: StatementClock): DataSource => {
  const { connectionString, ssl } = databaseAddress(settings.url);
  return new DataSource({
    type: 'postgres',
    url: connectionString,
    ...(ssl !== undefined && { ssl }),
    applicationName: settings.applicationName,
    entities: [...catalogEntities, ...actionEntities],
    migrations,
    migrationsTableName: 'schema_migrations',
    migrationsTransactionMode: 'each',
    namingStrategy: new SnakeCaseNaming(),
    parseInt8: true,
    poolSize: settings.poolSize,
    connectTimeoutMS: settings.connectTimeoutMs ?? 3_000,
    extra: {
      Client: clock ? timedClient(ListenedClient, clock) : ListenedClient,
      // Kept open when idle: logging in takes a distant database four round trips, more than a signature may wait.
      min: Math.min(settings.poolSize, 4),
      statement_timeout: settings.statementTimeoutMs ?? 30_000,
      // A client whose server vanished without a FIN would otherwise wait for the kernel's two hours.
      keepAlive: true,
      query_timeout: (settings.statementTimeoutMs ?? 30_000) + 5_000,
      // A frozen process must not keep its locks for longer than others can wait.
      idle_in_transaction_session_timeout: 20_000,
      ...(settings.lockTimeoutMs !== undefined && { lock_timeout: settings.lockTimeoutMs }),
      ...sessionOptions(settings),
    },
  });
};
