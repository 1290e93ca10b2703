import type { HealthRegistry, Logger, Metrics, Telemetry } from '@groundswell/observability';

/** What a service has before any module exists: its configuration, and where it tells how it is. */
export interface Runtime<C> {
  config: C;
  logger: Logger;
  health: HealthRegistry;
  metrics: Metrics;
  /** Left out: nothing is traced or reported. */
  telemetry?: Telemetry;
}

/** Logger of this process, for whoever asks Nest. */
export const appLogger = Symbol('logger');
