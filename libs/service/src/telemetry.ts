import { isTelemetryOn, type CommonConfig, type DaemonConfig } from '@groundswell/config';
import type { MetricsServerOptions } from '@groundswell/observability';

export interface TelemetryConfig extends Pick<CommonConfig, 'ENABLE_TELEMETRY'>, Pick<DaemonConfig, 'NODE_ENV'> {
  HOST: string;
  METRICS_PORT: number;
}

/** Where metrics have a port of their own; null where that is off. */
export function telemetryOf(
  { ENABLE_TELEMETRY, NODE_ENV = 'development', HOST: host, METRICS_PORT: port }: TelemetryConfig,
  logger: MetricsServerOptions['logger'],
): MetricsServerOptions | null {
  return isTelemetryOn({ ENABLE_TELEMETRY, NODE_ENV }) ? { host, port, logger } : null;
}
