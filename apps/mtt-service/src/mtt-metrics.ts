import { LabelCap, otherLabel, type Metrics } from '@groundswell/observability';
import type { SkippedHours } from './observing/skipped-hours.read-model';
import type { EndedMessage } from './outcomes/outcome-applier';
import type { Plan } from './pacing/plan-campaigns';
import type { PlanningSkip, PlanningStop, PlanningWatch } from './pacing/planning-watch';

/** Campaigns that have a series of their own. */
const mostCampaigns = 500;
/** Of email-and-mtt.md §8.2, ms. */
const planningBuckets = [1_000, 5_000, 30_000, 60_000, 300_000, 600_000, 3_600_000];

/** How messages go out, and what becomes of them. */
export class MttMetrics implements PlanningWatch {
  private readonly messages;
  private readonly outcomes;
  private readonly repeats;
  private readonly unanswered;
  private readonly hoursSkipped;
  private readonly ends;
  private readonly planning;
  private readonly campaigns = new LabelCap(mostCampaigns);

  /** `nameOf`: of a campaign, as the catalogue has it; empty where it does not know it. */
  constructor(
    metrics: Metrics,
    private readonly nameOf: (campaignId: number) => string = () => '',
  ) {
    this.messages = metrics.counter('groundswell_mtt_messages_total', 'Messages handed to email-delivery', ['mode']);
    this.outcomes = metrics.counter('groundswell_mtt_outcomes_total', 'What email-delivery told of messages', [
      'outcome',
    ]);
    this.repeats = metrics.counter('groundswell_mtt_repeats_total', 'Messages asked for again for want of an answer');
    this.unanswered = metrics.counter('groundswell_mtt_unanswered_total', 'Messages whose asking nobody answered');
    this.hoursSkipped = metrics.counter(
      'groundswell_mtt_hours_skipped_total',
      'Hours in which a target got nothing though messages waited',
      ['campaign_id', 'reason'],
    );
    this.ends = endCounters(metrics);
    this.planning = planningMetrics(metrics);
  }

  /** As `plan`, and what it hands over is counted. */
  counting(mode: 'drip' | 'hourly' | 'test', plan: Plan): Plan {
    return async (campaign, lease) => {
      const messages = await plan(campaign, lease);
      this.messages.inc({ mode }, messages);
      return messages;
    };
  }

  told(outcome: string): void {
    this.outcomes.inc({ outcome });
  }

  /** What became of messages at last, test mails aside. */
  ended(messages: readonly EndedMessage[]): void {
    for (const { campaignId, state } of messages) {
      const id = this.campaigns.of(campaignId);
      const labels = { campaign_id: id, campaign_name: id === otherLabel ? otherLabel : this.nameOf(campaignId) };
      if (state === 'failed') this.ends.failed.inc(labels);
      else {
        this.ends.sent.inc(labels);
        this.ends.delivered.inc({ campaign_id: id });
      }
    }
  }

  askedAgain(repeats: number, unanswered: number): void {
    this.repeats.inc(repeats);
    this.unanswered.inc(unanswered);
  }

  skipped(campaignId: number, hours: readonly SkippedHours[]): void {
    const id = this.campaigns.of(campaignId);
    for (const { reason, hours: count } of hours) this.hoursSkipped.inc({ campaign_id: id, reason }, count);
  }

  planningStarted(campaignId: number): void {
    this.planning.start.inc({ campaign_id: this.campaigns.of(campaignId) });
  }

  planningSkipped(campaignId: number, reason: PlanningSkip): void {
    this.planning.skip.inc({ campaign_id: this.campaigns.of(campaignId), reason });
  }

  planningStopped(campaignId: number, reason: PlanningStop, ms: number): void {
    const labels = { campaign_id: this.campaigns.of(campaignId), stop_reason: reason };
    this.planning.stop.inc(labels);
    this.planning.duration.observe(labels, ms);
  }
}

const ofCampaign = ['campaign_id', 'campaign_name'] as const;

const endCounters = (metrics: Metrics) => ({
  sent: metrics.counter('proca_mtt_messages_sent', 'Messages to targets that a provider took over', ofCampaign),
  failed: metrics.counter('proca_mtt_failed', 'Messages to targets that failed for good', ofCampaign),
  delivered: metrics.counter('proca_mtt_new_deliver_message_count', 'As proca_mtt_messages_sent, by campaign alone', [
    'campaign_id',
  ]),
});

/** A scheduler is one turn of planning one campaign. */
const planningMetrics = (metrics: Metrics) => ({
  start: metrics.counter('proca_mtt_new_scheduler_start', 'Turns of planning a campaign', ['campaign_id']),
  skip: metrics.counter(
    'proca_mtt_new_scheduler_skip',
    'Turns without planning a campaign: elsewhere (another replica plans it), database (it is away)',
    ['campaign_id', 'reason'],
  ),
  stop: metrics.counter(
    'proca_mtt_new_scheduler_stop',
    'Ends of such turns: no_messages, all_sent (all that was due was handed over), shutdown (cut short), crashed',
    ['campaign_id', 'stop_reason'],
  ),
  duration: metrics.histogram(
    'proca_mtt_new_scheduler_duration',
    'Duration of such turns, ms',
    ['campaign_id', 'stop_reason'],
    planningBuckets,
  ),
});
