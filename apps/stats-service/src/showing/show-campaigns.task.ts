import { statsCounterKinds } from '@groundswell/contracts';
import { campaignStatusCode } from '@groundswell/domain';
import { int8Array, type Catalogue, type Database, type ScheduledTask } from '@groundswell/persistence';
import type { CampaignFigures, ShownCampaign } from './campaign-figures';

/** Campaigns that are shown: the newest of those that are live. */
export const mostCampaigns = 500;

/** Through the primary key: a few rows of each campaign, one per org that collects for it. */
const supportersOf = `
  select campaign_id as "campaignId", sum(count)::float8 as supporters from stats.counters
   where campaign_id = any($1::bigint[]) and kind = ${statsCounterKinds.org} group by campaign_id`;

/** Shows how many supporters live campaigns have, on the one replica that has the lease. Figures that no look renews are forgotten. */
export class ShowCampaignsTask implements ScheduledTask {
  readonly id = 'show-campaigns';
  private forgetting: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Pick<Database, 'query'>,
    private readonly catalogue: Pick<Catalogue, 'campaigns' | 'orgs'>,
    private readonly figures: CampaignFigures,
    readonly everyMs: number,
  ) {}

  async run(): Promise<void> {
    const live = this.liveCampaigns();
    const rows = await this.database.query<{ campaignId: number; supporters: number }>(supportersOf, [
      int8Array(live.map(({ campaignId }) => campaignId)),
    ]);
    const counts = new Map(rows.map(({ campaignId, supporters }) => [campaignId, supporters]));
    this.figures.show(live.map((campaign) => ({ ...campaign, supporters: counts.get(campaign.campaignId) ?? 0 })));
    clearTimeout(this.forgetting);
    this.forgetting = setTimeout(() => this.figures.forget(), this.everyMs * 3).unref();
  }

  private liveCampaigns(): Omit<ShownCampaign, 'supporters'>[] {
    const live = [...this.catalogue.campaigns.rows.values()].filter(
      ({ status, deletedAt }) => status === campaignStatusCode('live') && deletedAt === null,
    );
    return live
      .sort((a, b) => b.id - a.id)
      .slice(0, mostCampaigns)
      .map(({ id, name, orgId }) => ({
        campaignId: id,
        campaignName: name,
        orgId,
        org: orgId === null ? '' : (this.catalogue.orgs.get(orgId)?.name ?? ''),
      }));
  }
}
