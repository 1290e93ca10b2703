import type { Metrics } from '@groundswell/observability';

/** What the looks at the queues show to Prometheus. Only queues and orgs that are in trouble have a series. */
export class WatchMetrics {
  private readonly stuckMessages;
  private readonly fullScopes;
  private readonly queueAlerts;

  constructor(metrics: Metrics) {
    this.stuckMessages = metrics.gauge(
      'groundswell_topology_stuck_messages',
      'Messages that are neither ready nor unacked and do not move',
      ['queue'],
    );
    this.fullScopes = metrics.gauge('groundswell_topology_full', '1 for each org that relays do not publish for', [
      'scope',
    ]);
    this.queueAlerts = metrics.gauge(
      'groundswell_topology_queue_alerts',
      '1 for each queue of an org that has had no reader, or has not moved, for too long',
      ['queue', 'kind'],
    );
  }

  stuck(queues: ReadonlyMap<string, number>): void {
    this.stuckMessages.reset();
    for (const [queue, messages] of queues) this.stuckMessages.set({ queue }, messages);
  }

  full(scopes: Iterable<string>): void {
    this.fullScopes.reset();
    for (const scope of scopes) this.fullScopes.set({ scope }, 1);
  }

  alerts(raised: Iterable<{ queue: string; kind: string }>): void {
    this.queueAlerts.reset();
    for (const { queue, kind } of raised) this.queueAlerts.set({ queue, kind }, 1);
  }
}
