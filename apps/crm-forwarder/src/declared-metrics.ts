import type { Metrics } from '@groundswell/observability';
import { declareServiceMetrics } from '@groundswell/service';
import { PushMetrics } from './pushing/push-metrics';

/** All metrics of this service (docs/metrics.md). */
export function declareMetrics(metrics: Metrics): void {
  declareServiceMetrics(metrics, { runsJobs: false });
  new PushMetrics(metrics);
}
