import type { Metrics } from '@groundswell/observability';
import type { ConfirmOutcome } from './confirm-notifier';

/** How confirms came here, and what became of them. */
export class ConfirmMetrics {
  private readonly confirms;
  private readonly mails;

  constructor(metrics: Metrics) {
    this.confirms = metrics.counter('groundswell_notify_confirms_total', 'Confirms dealt with', ['by', 'outcome']);
    this.mails = metrics.counter('groundswell_notify_mails_requested_total', 'Mails asked of email-delivery');
  }

  handled(by: 'fact' | 'search', outcome: ConfirmOutcome, mails: number): void {
    this.confirms.inc({ by, outcome });
    this.mails.inc(mails);
  }
}
