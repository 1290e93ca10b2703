import { Args, Resolver, Subscription } from '@nestjs/graphql';
import { ApiError } from '../api/api-error';
import { anonymous } from '../auth/access';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CampaignStatsFeed } from './campaign-stats-feed';
import type { CampaignStatsChanged, CampaignStatsStream } from './campaign-stats.stream';
import { viewStats } from './campaign-stats.view';

@Resolver()
export class CampaignStatsSubscriptionResolver {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly feed: CampaignStatsFeed,
  ) {}

  /** The same for everybody, so an event costs no look at who follows. */
  @Subscription('campaignStats', { resolve: ({ figures }: CampaignStatsChanged) => viewStats(figures, anonymous) })
  async campaignStats(@Args('campaignId') campaignId: number): Promise<CampaignStatsStream> {
    const campaign = await this.lookup.findCampaign(campaignId);
    if (!campaign) throw new ApiError('not_found', 'Campaign not found');
    return this.feed.follow(campaign.id);
  }
}
