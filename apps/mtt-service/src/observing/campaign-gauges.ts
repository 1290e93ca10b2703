import { mttProgress } from '@groundswell/domain';
import type { Metrics } from '@groundswell/observability';
import type { LiveCampaign } from './live-campaign.read-model';

const ofCampaign = ['campaign_id', 'campaign_name'] as const;
const states = ['pending', 'sending', 'sent', 'failed', 'unknown'] as const;

/** What live campaigns show to Prometheus. One that is over has no series. */
export class CampaignGauges {
  private readonly running;
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
    const gauge = (name: string, help: string) => metrics.gauge(`groundswell_mtt_${name}`, help, ofCampaign);
    this.running = metrics.gauge('groundswell_mtt_campaigns_running', 'Campaigns that may send now', ['mode']);
    this.sendableMessages = gauge('sendable_messages', 'Messages that wait and may go');
    this.sendableTargets = gauge('sendable_targets', 'Targets with messages that may go');
    this.messages = metrics.gauge('groundswell_mtt_campaign_messages', 'Messages by what became of them', [
      ...ofCampaign,
      'state',
    ]);
    this.oldest = gauge('oldest_unsent_seconds', 'Age of the oldest message that is neither out nor given up');
    this.currentCycle = gauge('current_cycle', 'Cycles of the drip that have come');
    this.allCycles = gauge('all_cycles', 'Cycles of the drip in all');
  }

  show(campaigns: readonly LiveCampaign[], now: Date): void {
    this.forget();
    for (const mode of ['drip', 'hourly']) {
      const isOfMode = ({ isDrip, isRunning }: LiveCampaign) => isRunning && isDrip === (mode === 'drip');
      this.running.set({ mode }, campaigns.filter(isOfMode).length);
    }
    for (const campaign of campaigns) this.showOne(campaign, now);
  }

  /** No figures rather than old ones. */
  forget(): void {
    const { running, sendableMessages, sendableTargets, messages, oldest, currentCycle, allCycles } = this;
    for (const gauge of [running, sendableMessages, sendableTargets, oldest, currentCycle, allCycles]) gauge.reset();
    messages.reset();
  }

  private showOne(campaign: LiveCampaign, now: Date): void {
    const labels = { campaign_id: campaign.campaignId, campaign_name: campaign.name };
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
