import type { Metrics } from '@groundswell/observability';
import { declareServiceMetrics } from '@groundswell/service';
import { WebhookMetrics } from './events/webhooks/webhook-metrics';
import { MailMetrics } from './sending/mail-metrics';

/** All metrics of this service (docs/metrics.md). */
export function declareMetrics(metrics: Metrics): void {
  declareServiceMetrics(metrics, { runsJobs: false });
  new MailMetrics(metrics);
  new WebhookMetrics(metrics);
}
