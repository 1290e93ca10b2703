import { LabelCap, type Metrics } from '@groundswell/observability';
import type { ClaimedDelivery, DeliveryEnd } from '../deliveries/delivery';

/** Seconds from the action to the provider's yes. */
const lagBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** The same in milliseconds, of email-and-mtt.md §8.2. */
const lagMsBuckets = lagBuckets.map((seconds) => seconds * 1_000);
/** Orgs, and campaigns, that have a series of their own. */
const mostOrgs = 500;
const mostCampaigns = 500;

/** `later`: tried again. `final`: failed for good. `withheld`: never called, since it must not go any more. */
type FailureClass = 'later' | 'final' | 'withheld' | 'unknown';

/** What became of mails. */
export class MailMetrics {
  private readonly accepted;
  private readonly sent;
  private readonly failed;
  private readonly dead;
  private readonly lag;
  private readonly supporterLags;
  private readonly reminders;
  private readonly paused;
  private readonly calls;
  private readonly missingTemplates;
  private readonly orgs = new LabelCap(mostOrgs);
  private readonly campaigns = new LabelCap(mostCampaigns);

  constructor(metrics: Metrics) {
    this.accepted = metrics.counter('groundswell_mail_accepted_total', 'Mails taken over', ['kind']);
    this.sent = metrics.counter('proca_email_sent', 'Mails that a provider took over', ['backend', 'kind']);
    this.failed = metrics.counter(
      'proca_email_failed',
      'Mails that were not sent: class later (tried again), final, withheld (must not go any more), unknown',
      ['backend', 'kind', 'class'],
    );
    this.dead = metrics.counter('proca_email_dead', 'Mails given up: failed for good, or of unknown end', [
      'backend',
      'kind',
    ]);
    this.lag = metrics.histogram('groundswell_mail_lag_seconds', 'From action to provider', ['kind'], lagBuckets);
    this.supporterLags = supporterLags(metrics);
    this.reminders = metrics.counter('proca_email_reminder_confirm_count', 'Reminders to confirm that were sent', [
      'org_id',
    ]);
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

  ended(backend: string, delivery: ClaimedDelivery, end: DeliveryEnd): void {
    const { kind } = delivery;
    if (end.state === 'sent') {
      this.sent.inc({ backend, kind });
      this.observeLag(delivery);
      return;
    }
    const failure = failureOf(delivery, end);
    if (!failure) return;
    this.failed.inc({ backend, kind, class: failure });
    if (failure === 'final' || failure === 'unknown') this.dead.inc({ backend, kind });
  }

  templateMissing(campaignId: number | null): void {
    this.missingTemplates.inc({ campaign_id: this.campaigns.of(campaignId) });
  }

  look(paused: number, calls: number): void {
    this.paused.set(paused);
    this.calls.set(calls);
  }

  private observeLag({ kind, purpose, orgId, acceptedAt, createdAt }: ClaimedDelivery): void {
    this.lag.observe({ kind }, (Date.now() - +(acceptedAt ?? createdAt)) / 1_000);
    if (!purpose.startsWith('supporter:')) return;
    if (kind === 'reminder') this.reminders.inc({ org_id: this.orgs.of(orgId) });
    const lag = this.supporterLags.get(kind);
    // What a person asked for again is as late as they were.
    if (!lag || isRequeued(purpose)) return;
    if (acceptedAt === null) lag.unknown.inc();
    else lag.known.observe({ org_id: this.orgs.of(orgId) }, Date.now() - +acceptedAt);
  }
}

/** By kind of mail: what an action is answered with, first or once more. */
function supporterLags(metrics: Metrics) {
  const lag = (name: string, what: string) => ({
    known: metrics.histogram(
      `proca_email_${name}_lag_ms`,
      `${what}: from the action to the provider, ms`,
      ['org_id'],
      lagMsBuckets,
    ),
    unknown: metrics.counter(`proca_email_${name}_lag_unknown_count`, `${what} of actions whose time is not known`),
  });
  const [confirm, thankYou] = [lag('supporter_confirm', 'Confirm mails'), lag('thank_you', 'Thank-you mails')];
  return new Map([
    ['confirm', confirm],
    ['confirm_again', confirm],
    ['thank_you', thankYou],
    ['duplicate', thankYou],
  ]);
}

const isRequeued = (purpose: string): boolean => /:r[0-9]+$/.test(purpose);

/** Null for what was put back untried. */
function failureOf({ attempts }: ClaimedDelivery, end: Exclude<DeliveryEnd, { state: 'sent' }>): FailureClass | null {
  if (end.state === 'unknown') return 'unknown';
  if (end.state === 'queued') return end.error === null ? null : 'later';
  return end.attempts > attempts ? 'final' : 'withheld';
}
