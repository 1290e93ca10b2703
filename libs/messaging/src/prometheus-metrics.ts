import type { Metrics } from '@groundswell/observability';
import type { MessagingMetrics } from './metrics';

/** The counts of this lib as Prometheus metrics of a service. */
export function prometheusMetrics(metrics: Metrics): MessagingMetrics {
  const published = metrics.counter('groundswell_published_total', 'Messages published, by how it ended', [
    'exchange',
    'status',
  ]);
  const settled = metrics.counter('groundswell_consumed_total', 'Messages handled, by outcome', [
    'consumer',
    'outcome',
    'reason',
  ]);
  const batches = metrics.histogram('groundswell_batch_seconds', 'Time a batch took', ['consumer']);
  const sizes = metrics.histogram(
    'groundswell_batch_messages',
    'Messages in a batch',
    ['consumer'],
    [1, 5, 16, 50, 100, 200, 350, 500],
  );
  const pauses = metrics.counter('groundswell_consumer_pauses_total', 'Stops for a fault of the surroundings', [
    'consumer',
  ]);
  return {
    published: (exchange, status) => published.inc({ exchange, status }),
    settled: (consumer, outcome, reason, count) => settled.inc({ consumer, outcome, reason }, count),
    batch: (consumer, size, durationMs) => {
      batches.observe({ consumer }, durationMs / 1_000);
      sizes.observe({ consumer }, size);
    },
    backedOff: (consumer) => pauses.inc({ consumer }),
  };
}
