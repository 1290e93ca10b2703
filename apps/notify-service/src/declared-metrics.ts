import type { Metrics } from '@groundswell/observability';
import { declareServiceMetrics } from '@groundswell/service';
import { ConfirmMetrics } from './confirms/confirm-metrics';
import { ReminderMetrics } from './reminders/reminder-metrics';

/** All metrics of this service (docs/metrics.md). */
export function declareMetrics(metrics: Metrics): void {
  declareServiceMetrics(metrics, { runsJobs: true });
  new ConfirmMetrics(metrics);
  new ReminderMetrics(metrics);
}
