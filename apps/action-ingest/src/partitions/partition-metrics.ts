import type { Metrics } from '@groundswell/observability';

const gauge = (metrics: Metrics) =>
  metrics.gauge('groundswell_ingest_partitions', 'Partitions this replica stores; 16 over all replicas');

export const declarePartitionMetrics = (metrics: Metrics): void => void gauge(metrics);

/** Looked at when somebody reads the metrics. */
export function watchPartitions(metrics: Metrics, share: { readonly partitions: readonly number[] }): void {
  const held = gauge(metrics);
  metrics.onScrape(() => held.set(share.partitions.length));
}
