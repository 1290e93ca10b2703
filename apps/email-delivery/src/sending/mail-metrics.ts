import type { Metrics } from '@groundswell/observability';
import type { ClaimedDelivery, DeliveryEnd } from '../deliveries/delivery';

/** Seconds from the action to the provider's yes. */
const lagBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** What became of mails. */
export class MailMetrics {
  private readonly accepted;
  private readonly ends;
  private readonly lag;
  private readonly paused;
  private readonly calls;
  private readonly missingTemplates;

  constructor(metrics: Metrics) {
    this.accepted = metrics.counter('groundswell_mail_accepted_total', 'Mails taken over', ['kind']);
    this.ends = metrics.counter('groundswell_mail_attempts_total', 'Ends of attempts', ['backend', 'kind', 'state']);
    this.lag = metrics.histogram('groundswell_mail_lag_seconds', 'From action to provider', ['kind'], lagBuckets);
    this.paused = metrics.gauge('groundswell_mail_accounts_paused', 'Accounts that rest after failures');
    this.calls = metrics.gauge('groundswell_mail_calls', 'Calls to providers under way');
    this.missingTemplates = metrics.counter(
      'groundswell_mail_missing_templates_total',
      'Mails to targets that were composed without their template',
      ['campaign_id'],
    );
  }

  accept(kind: string): void {
    this.accepted.inc({ kind });
  }

  ended(backend: string, { kind, acceptedAt, createdAt }: ClaimedDelivery, { state }: DeliveryEnd): void {
    this.ends.inc({ backend, kind, state });
    if (state === 'sent') this.lag.observe({ kind }, (Date.now() - +(acceptedAt ?? createdAt)) / 1_000);
  }

  templateMissing(campaignId: number | null): void {
    this.missingTemplates.inc({ campaign_id: campaignId ?? '' });
  }

  look(paused: number, calls: number): void {
    this.paused.set(paused);
    this.calls.set(calls);
  }
}
