import type { Metrics } from '@groundswell/observability';
import { declareServiceMetrics } from '@groundswell/service';
import { declarePartitionMetrics } from './partitions/partition-metrics';

/** All metrics of this service (docs/metrics.md). */
export function declareMetrics(metrics: Metrics): void {
  declareServiceMetrics(metrics, { runsJobs: true });
  declarePartitionMetrics(metrics);
}
