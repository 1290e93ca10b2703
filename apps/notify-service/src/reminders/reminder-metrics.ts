import type { Metrics } from '@groundswell/observability';

/** How many reminders were asked of action-ingest. */
export class ReminderMetrics {
  private readonly reminders;

  constructor(metrics: Metrics) {
    this.reminders = metrics.counter('groundswell_notify_reminders_total', 'Confirm reminders asked for');
  }

  asked(reminders: number): void {
    this.reminders.inc(reminders);
  }
}
