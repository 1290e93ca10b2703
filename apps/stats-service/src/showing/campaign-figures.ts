import type { Metrics } from '@groundswell/observability';

/** A campaign as its dashboard shows it. */
export interface ShownCampaign {
  campaignId: number;
  campaignName: string;
  /** Null: nobody leads it any more. */
  orgId: number | null;
  org: string;
  supporters: number;
}

/** Supporters of live campaigns. */
export class CampaignFigures {
  private readonly supporters;

  constructor(metrics: Metrics) {
    this.supporters = metrics.gauge(
      'groundswell_campaign_supporters',
      'Supporters of live campaigns, as counters have them',
      ['campaign_id', 'campaign_name', 'org_id', 'org'],
    );
  }

  show(campaigns: readonly ShownCampaign[]): void {
    this.forget();
    for (const { campaignId, campaignName, orgId, org, supporters } of campaigns) {
      const labels = { campaign_id: campaignId, campaign_name: campaignName, org_id: orgId ?? '', org };
      this.supporters.set(labels, supporters);
    }
  }

  /** No figures rather than old ones. */
  forget(): void {
    this.supporters.reset();
  }
}
