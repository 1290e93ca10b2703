import { declareMessagingMetrics, prometheusMetrics } from '@groundswell/messaging';
import type { Metrics } from '@groundswell/observability';
import { declareDatabaseMetrics } from '@groundswell/persistence';
import { declareBuildInfo } from '@groundswell/service';
import { RoundMetrics } from './reconciliation/round-metrics';
import { SampleMetrics } from './sampling/sample-metrics';
import { WatchMetrics } from './watching/watch-metrics';

/** All metrics of this service (docs/metrics.md). */
export function declareMetrics(metrics: Metrics): void {
  declareBuildInfo(metrics);
  prometheusMetrics(metrics);
  declareMessagingMetrics(metrics, { consumes: true });
  declareDatabaseMetrics(metrics);
  new RoundMetrics(metrics);
  new WatchMetrics(metrics);
  new SampleMetrics(metrics);
}
