import { mttProgress } from '@groundswell/domain';
import type { Metrics } from '@groundswell/observability';
import type { LiveCampaign } from './live-campaign.read-model';

const ofCampaign = ['campaign_id', 'campaign_name'] as const;
const states = ['pending', 'sending', 'sent', 'failed', 'unknown'] as const;

/** Campaigns that have series of their own: the newest. */
const mostCampaigns = 500;

/** What live campaigns show to Prometheus. One that is over has no series. */
export class CampaignGauges {
  private readonly running;
  private readonly pending;
  private readonly sendableMessages;
  private readonly sendableTargets;
  private readonly messages;
  private readonly oldest;
  private readonly currentCycle;
  private readonly allCycles;

  constructor(
    metrics: Metrics,
    private readonly cycleMs: number,
  ) {
    const gauge = (name: string, help: string) => metrics.gauge(name, help, ofCampaign);
    this.running = metrics.gauge('proca_mtt_campaigns_running', 'Campaigns that may send now', ['drip_delivery']);
    this.pending = metrics.gauge(
      'proca_mtt_new_scheduler_pending_count',
      'Messages that wait, whether they may go or not',
      ['campaign_id'],
    );
    this.sendableMessages = gauge('proca_mtt_sendable_messages', 'Messages that wait and may go');
    this.sendableTargets = gauge('proca_mtt_sendable_targets', 'Targets with messages that may go');
    this.messages = metrics.gauge('groundswell_mtt_campaign_messages', 'Messages by what became of them', [
      ...ofCampaign,
      'state',
    ]);
    this.oldest = gauge(
      'groundswell_mtt_oldest_unsent_seconds',
      'Age of the oldest message that is neither out nor given up',
    );
    this.currentCycle = gauge('proca_mtt_current_cycle', 'Cycles of the drip that have come');
    this.allCycles = gauge('proca_mtt_all_cycles', 'Cycles of the drip in all');
  }

  show(campaigns: readonly LiveCampaign[], now: Date): void {
    this.forget();
    for (const drips of [true, false]) {
      const isOfMode = ({ isDrip, isRunning }: LiveCampaign) => isRunning && isDrip === drips;
      this.running.set({ drip_delivery: String(drips) }, campaigns.filter(isOfMode).length);
    }
    // By id, so the newest are the last.
    for (const campaign of campaigns.slice(-mostCampaigns)) this.showOne(campaign, now);
  }

  /** No figures rather than old ones. */
  forget(): void {
    const { running, sendableMessages, sendableTargets, messages, oldest, currentCycle, allCycles } = this;
    for (const gauge of [running, sendableMessages, sendableTargets, oldest, currentCycle, allCycles]) gauge.reset();
    messages.reset();
    this.pending.reset();
  }

  private showOne(campaign: LiveCampaign, now: Date): void {
    const labels = { campaign_id: campaign.campaignId, campaign_name: campaign.name };
    this.pending.set({ campaign_id: campaign.campaignId }, campaign.pending);
    this.sendableMessages.set(labels, campaign.sendableMessages);
    this.sendableTargets.set(labels, campaign.sendableTargets);
    this.oldest.set(labels, campaign.oldestAt ? Math.max(0, (+now - +campaign.oldestAt) / 1_000) : 0);
    for (const state of states) this.messages.set({ ...labels, state }, campaign[state]);
    if (!campaign.isDrip) return;
    const { startAt, endAt, timezone } = campaign;
    const { cycle, all } = mttProgress({ startAt, endAt, timezone, cycleMs: this.cycleMs }, now);
    this.currentCycle.set(labels, cycle);
    this.allCycles.set(labels, all);
  }
}
