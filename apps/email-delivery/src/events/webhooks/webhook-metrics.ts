import type { Metrics } from '@groundswell/observability';

/** What became of events that came by webhook. */
export class WebhookMetrics {
  private readonly events;
  private readonly stuck;

  constructor(metrics: Metrics) {
    this.events = metrics.counter('groundswell_mail_webhook_events_total', 'Events that came by webhook', [
      'provider',
      'outcome',
    ]);
    this.stuck = metrics.gauge('groundswell_mail_webhooks_stuck', 'Webhooks that wait for a person');
  }

  count(provider: string, applied: number, failed: number): void {
    if (applied > 0) this.events.inc({ provider, outcome: 'applied' }, applied);
    if (failed > 0) this.events.inc({ provider, outcome: 'failed' }, failed);
  }

  setStuck(count: number): void {
    this.stuck.set(count);
  }
}
