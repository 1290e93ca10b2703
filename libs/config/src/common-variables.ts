import { hostname } from 'node:os';
import { z } from 'zod';
import { commaList, describeField, flag, integer, logLevel, milliseconds, namedAs, port, secret } from './fields';
import { tracingVariables } from './tracing-variables';

/** As long as background work waits after the start in production, ms (email-and-mtt.md §8.4). */
const productionDaemonDelayMs = 5_000;

export type NodeEnvironment = 'production' | 'development' | 'test';

/** What every process of ours reads, whatever it does. `port` and `host`: where it listens unless told. */
export const commonVariables = ({
  port: defaultPort = 4100,
  host = '127.0.0.1',
}: { port?: number; host?: string } = {}) => ({
  /** `production` makes secrets required and switches the helps of development off. */
  NODE_ENV: z.enum(['production', 'development', 'test']).default('development'),
  /** Port of the service: its API, or health and metrics. */
  PORT: port(defaultPort),
  /** Address it listens at. */
  HOST: namedAs(z.string().default(host), 'LISTEN_IP', 'HOST'),
  /** Lowest level that is logged. */
  LOG_LEVEL: logLevel('error'),
  /** Folder that also gets `error.log` and `audit.log`; without it logs go to standard output alone. */
  LOGS_DIR: z.string().optional(),
  /** Metrics on a port of their own; on in production and off elsewhere unless set. */
  ENABLE_TELEMETRY: flag().optional(),
  /** That port. */
  METRICS_PORT: port(9568),
  /** Where unexpected errors are reported; without it nowhere. */
  SENTRY_DSN: secret().optional(),
  /** Errors that callers made are reported too: those of anonymous ones, and those of callers who are logged in. */
  REPORT_USER_ERRORS: flag(false),
  REPORT_AUTH_USER_ERRORS: flag(false),
  /** Names of variables of a request whose values such a report may hold. */
  REPORT_USER_ERRORS_CLEARTEXT: commaList(['country', 'documentType', 'actionType']),
  ...tracingVariables(),
  /** Background work (jobs and scheduled tasks) runs; `false` is for development, and ignored in production. */
  START_DAEMON_SERVERS: flag(true),
  /** Background work begins so long after the start, 0 is at once; 5000 in production and 0 elsewhere unless set. */
  DAEMON_START_DELAY: milliseconds().optional(),
});

/** DATABASE_POOL_SIZE, by either of its names: connections to Postgres at most. */
export const poolSize = (options: { min: number; max: number; default: number }): z.ZodType<number> =>
  namedAs(integer({ ...options, unit: 'connections' }), 'POOL_SIZE', 'DATABASE_POOL_SIZE');

/** REPLICA_ID: differs between processes that run at the same time. */
export const replicaId = (): z.ZodType<string> =>
  describeField(z.string().default(`${hostname()}-${process.pid}`), { shownDefault: 'HOST-PID' });

/** ORG_NAME of the instance org; outside production also as the reference's ORGANISATION. */
export const instanceOrgName = (): z.ZodType<string> =>
  describeField(z.string().default('instance'), { names: ['ORG_NAME'], developmentNames: ['ORGANISATION'] });

export interface DaemonConfig {
  NODE_ENV?: NodeEnvironment | undefined;
  START_DAEMON_SERVERS?: boolean | undefined;
  DAEMON_START_DELAY?: number | undefined;
}

export interface CommonConfig extends DaemonConfig {
  NODE_ENV: NodeEnvironment;
  ENABLE_TELEMETRY?: boolean | undefined;
}

export const isTelemetryOn = ({
  ENABLE_TELEMETRY,
  NODE_ENV,
}: Pick<CommonConfig, 'ENABLE_TELEMETRY' | 'NODE_ENV'>): boolean => ENABLE_TELEMETRY ?? NODE_ENV === 'production';

/** How long jobs and scheduled tasks wait after the start, ms; null: they do not run in this process. */
export function daemonDelayOf(config: DaemonConfig): number | null {
  const isProduction = config.NODE_ENV === 'production';
  if (!isProduction && config.START_DAEMON_SERVERS === false) return null;
  return config.DAEMON_START_DELAY ?? (isProduction ? productionDaemonDelayMs : 0);
}
