import { Tally, type Metrics, type TallySlot } from '@groundswell/observability';
import type { MessagingMetrics } from './metrics';

const publishedCounter = (metrics: Metrics) =>
  metrics.counter('groundswell_published_total', 'Messages published, by how it ended', ['exchange', 'status']);

export const declarePublishMetrics = (metrics: Metrics): void => void publishedCounter(metrics);

/** Of a service that consumes nothing: what it publishes. Counted in plain numbers, since a signature waits for it. */
export function publishMetrics(metrics: Metrics): Pick<MessagingMetrics, 'published'> {
  const tally = new Tally(metrics, publishedCounter(metrics));
  const slots = new Map<string, Map<string, TallySlot>>();
  const slotOf = (exchange: string, status: string): TallySlot => {
    let ofExchange = slots.get(exchange);
    if (!ofExchange) slots.set(exchange, (ofExchange = new Map()));
    let slot = ofExchange.get(status);
    if (!slot) ofExchange.set(status, (slot = tally.slot({ exchange, status })));
    return slot;
  };
  return { published: (exchange, status) => void (slotOf(exchange, status).count += 1) };
}

/** The counts of this lib as Prometheus metrics of a service. */
export function prometheusMetrics(metrics: Metrics): MessagingMetrics {
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
    ...publishMetrics(metrics),
    settled: (consumer, outcome, reason, count) => settled.inc({ consumer, outcome, reason }, count),
    batch: (consumer, size, durationMs) => {
      batches.observe({ consumer }, durationMs / 1_000);
      sizes.observe({ consumer }, size);
    },
    backedOff: (consumer) => pauses.inc({ consumer }),
  };
}
