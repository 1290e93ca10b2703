import { otherLabel, type Metrics } from '@groundswell/observability';

/** Queues, or orgs, that have series of their own; the rest is added up. */
export const mostShown = 500;

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
    for (const [at, [queue, messages]] of [...queues].entries()) {
      this.stuckMessages.inc({ queue: at < mostShown ? queue : otherLabel }, messages);
    }
  }

  full(scopes: Iterable<string>): void {
    this.fullScopes.reset();
    for (const [at, scope] of [...scopes].entries()) {
      this.fullScopes.inc({ scope: at < mostShown ? scope : otherLabel });
    }
  }

  alerts(raised: Iterable<{ queue: string; kind: string }>): void {
    this.queueAlerts.reset();
    for (const [at, { queue, kind }] of [...raised].entries()) {
      this.queueAlerts.inc({ queue: at < mostShown ? queue : otherLabel, kind });
    }
  }
}
