import type { Metrics } from '@groundswell/observability';
import type { SkippedHours } from './observing/skipped-hours.read-model';
import type { Plan } from './pacing/plan-campaigns';

/** How messages go out, and what becomes of them. */
export class MttMetrics {
  private readonly messages;
  private readonly outcomes;
  private readonly repeats;
  private readonly unanswered;
  private readonly hoursSkipped;

  constructor(metrics: Metrics) {
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

  askedAgain(repeats: number, unanswered: number): void {
    this.repeats.inc(repeats);
    this.unanswered.inc(unanswered);
  }

  skipped(campaignId: number, hours: readonly SkippedHours[]): void {
    for (const { reason, hours: count } of hours) this.hoursSkipped.inc({ campaign_id: campaignId, reason }, count);
  }
}
