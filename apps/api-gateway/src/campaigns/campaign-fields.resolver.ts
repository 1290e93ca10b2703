import { Args, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { viewOrg } from '../orgs/org.view';
import { PageReadService } from '../pages/page-read.service';
import { viewStats } from '../stats/campaign-stats.view';
import { StatsReader } from '../stats/stats-reader';
import { CampaignReadService } from './campaign-read.service';
import type { CampaignView } from './campaign.view';
import { PublicActionsService } from './public-actions.service';

/** Fields both views of a campaign have. */
@Resolver('Campaign')
export class CampaignFieldsResolver {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly counters: StatsReader,
    private readonly publicActions: PublicActionsService,
  ) {}

  @ResolveField('org')
  org(@Parent() { row, access }: CampaignView) {
    return viewOrg(this.lookup.orgById(row.orgId), access);
  }

  @ResolveField('stats')
  async stats(@Parent() { row, access }: CampaignView) {
    return viewStats(await this.counters.ofCampaign(row), access);
  }

  @ResolveField('actions')
  actions(@Parent() { row }: CampaignView, @Args('actionType') actionType: string, @Args('limit') limit: number) {
    return this.publicActions.newest(row, actionType, limit);
  }
}

/** Fields for the lead's staff. */
@Resolver('PrivateCampaign')
export class PrivateCampaignResolver {
  constructor(
    private readonly pages: PageReadService,
    private readonly campaigns: CampaignReadService,
  ) {}

  @ResolveField('actionPages')
  actionPages(@Parent() { id, access }: CampaignView) {
    return this.pages.ofCampaign(id, access);
  }

  @ResolveField('mtt')
  mtt(@Parent() { id }: CampaignView) {
    return this.campaigns.mtt(id);
  }
}
