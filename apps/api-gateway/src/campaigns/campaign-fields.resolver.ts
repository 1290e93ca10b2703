import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { viewOrg } from '../orgs/org.view';
import { PageReadService } from '../pages/page-read.service';
import { viewStats } from '../stats/campaign-stats.view';
import { StatsReader } from '../stats/stats-reader';
import { CampaignReadService } from './campaign-read.service';
import type { CampaignView } from './campaign.view';

/** Fields both views of a campaign have. */
class CampaignFields {
  constructor(
    protected readonly lookup: CatalogueLookup,
    protected readonly counters: StatsReader,
  ) {}

  @ResolveField('org')
  org(@Parent() { row, access }: CampaignView) {
    return viewOrg(this.lookup.orgById(row.orgId), access);
  }

  @ResolveField('stats')
  async stats(@Parent() { row, access }: CampaignView) {
    return viewStats(await this.counters.ofCampaign(row), access);
  }
}

@Resolver('PublicCampaign')
export class PublicCampaignResolver extends CampaignFields {
  constructor(lookup: CatalogueLookup, counters: StatsReader) {
    super(lookup, counters);
  }
}

@Resolver('PrivateCampaign')
export class PrivateCampaignResolver extends CampaignFields {
  constructor(
    lookup: CatalogueLookup,
    counters: StatsReader,
    private readonly pages: PageReadService,
    private readonly campaigns: CampaignReadService,
  ) {
    super(lookup, counters);
  }

  @ResolveField('actionPages')
  actionPages(@Parent() { id, access }: CampaignView) {
    return this.pages.ofCampaign(id, access);
  }

  @ResolveField('mtt')
  mtt(@Parent() { id }: CampaignView) {
    return this.campaigns.mtt(id);
  }
}
