import type { Metrics } from '@groundswell/observability';
import type { BrokerState } from './connection/rabbit-connection';
import type { ConsumerState } from './consuming/consumer';
import type { QueueState } from './consuming/queue-reader';

/** What is looked at of messaging when somebody reads the metrics; a service that consumes nothing has no consumers. */
export interface WatchedMessaging {
  broker: { readonly publishing: BrokerState; readonly consuming: BrokerState };
  publisher: { readonly unconfirmedCount: number };
  consumers?: { states(): ConsumerState[] };
}

const queueStates: readonly QueueState[] = ['connecting', 'consuming', 'missing', 'refused', 'closed'];

const gauges = (metrics: Metrics) => ({
  up: metrics.gauge('groundswell_broker_up', '1 while the broker takes messages, or gives them', ['connection']),
  blocked: metrics.gauge('groundswell_broker_blocked', '1 while an alarm of the broker keeps us from publishing'),
  unconfirmed: metrics.gauge('groundswell_publisher_unconfirmed', 'Messages whose confirm by the broker is waited for'),
});

const consumerGauges = (metrics: Metrics) => ({
  running: metrics.gauge(
    'groundswell_consumer_running',
    '1 while a consumer takes messages; 0 while it waits or is stopped',
    ['consumer'],
  ),
  queues: metrics.gauge('groundswell_consumer_queues', 'Queues of a consumer, by whether they are read', [
    'consumer',
    'state',
  ]),
});

export function declareMessagingMetrics(metrics: Metrics, options: { consumes: boolean }): void {
  gauges(metrics);
  if (options.consumes) consumerGauges(metrics);
}

export function watchMessaging(metrics: Metrics, { broker, publisher, consumers }: WatchedMessaging): void {
  const { up, blocked, unconfirmed } = gauges(metrics);
  metrics.onScrape(() => {
    up.set({ connection: 'publish' }, broker.publishing === 'up' ? 1 : 0);
    up.set({ connection: 'consume' }, broker.consuming === 'up' ? 1 : 0);
    blocked.set(broker.publishing === 'blocked' ? 1 : 0);
    unconfirmed.set(publisher.unconfirmedCount);
  });
  if (consumers) watchConsumers(metrics, consumers);
}

function watchConsumers(metrics: Metrics, consumers: { states(): ConsumerState[] }): void {
  const { running, queues } = consumerGauges(metrics);
  metrics.onScrape(() => {
    for (const { id, phase, queues: read } of consumers.states()) {
      running.set({ consumer: id }, phase === 'running' ? 1 : 0);
      for (const state of queueStates) {
        queues.set({ consumer: id, state }, read.filter((queue) => queue.state === state).length);
      }
    }
  });
}
