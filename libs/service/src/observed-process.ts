import type { LogLevel, NodeEnvironment } from '@groundswell/config';
import {
  createLogger,
  LogFiles,
  logReports,
  startErrorReports,
  startTracing,
  type Logger,
  type Telemetry,
  type TracingConfig,
} from '@groundswell/observability';
import { release } from './build-info';

export interface ObservedConfig extends TracingConfig {
  NODE_ENV: NodeEnvironment;
  LOG_LEVEL: LogLevel;
  LOGS_DIR?: string | undefined;
  SENTRY_DSN?: string | undefined;
}

/** Where a process tells what it does: its log, and beside it what the configuration turns on. */
export interface ObservedProcess extends Telemetry {
  logger: Logger;
  /** The files of LOGS_DIR; null without it. */
  files: LogFiles | null;
}

/** First of all that a service starts. Throws when LOGS_DIR cannot be written to, or SENTRY_DSN is none. */
export async function observeProcess(service: string, config: ObservedConfig): Promise<ObservedProcess> {
  const { NODE_ENV: environment, LOG_LEVEL: level, LOGS_DIR: dir, SENTRY_DSN: dsn } = config;
  const files = dir === undefined ? null : new LogFiles(dir, service);
  const reports = await startErrorReports({ dsn, service, environment, release });
  const alsoErrorsTo = [...(files ? [files.errors] : []), ...(reports.isOn ? [logReports(reports)] : [])];
  const logger = createLogger({ service, level, alsoErrorsTo });
  const tracing = await startTracing(config, { name: service, version: release }, logger);
  return { logger, files, reports, tracing };
}
