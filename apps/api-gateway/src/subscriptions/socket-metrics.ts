import type { Metrics } from '@groundswell/observability';

const gauges = (metrics: Metrics) => ({
  sockets: metrics.gauge('groundswell_gateway_sockets', 'Open WebSockets'),
  subscriptions: metrics.gauge('groundswell_gateway_subscriptions', 'Subscriptions over WebSockets'),
});

export const declareSocketMetrics = (metrics: Metrics): void => void gauges(metrics);

/** Looked at when somebody reads the metrics. */
export function watchSockets(metrics: Metrics, read: () => { sockets: number; subscriptions: number }): void {
  const { sockets, subscriptions } = gauges(metrics);
  metrics.onScrape(() => {
    const open = read();
    sockets.set(open.sockets);
    subscriptions.set(open.subscriptions);
  });
}
