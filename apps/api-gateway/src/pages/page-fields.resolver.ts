import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { viewCampaign } from '../campaigns/campaign.view';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { viewOrg } from '../orgs/org.view';
import { StatsReader } from '../stats/stats-reader';
import { PageReadService } from './page-read.service';
import type { PageView } from './page.view';

/** Fields both views of a page have. */
@Resolver('ActionPage')
export class PageFieldsResolver {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly stats: StatsReader,
    private readonly pages: PageReadService,
  ) {}

  @ResolveField('campaign')
  campaign(@Parent() { row, access }: PageView) {
    return viewCampaign(this.lookup.campaignById(row.campaignId), access);
  }

  @ResolveField('org')
  org(@Parent() { row, access }: PageView) {
    return viewOrg(this.lookup.orgById(row.orgId), access);
  }

  @ResolveField('stats')
  statsOfPage(@Parent() { row }: PageView) {
    return this.stats.ofPage(row);
  }

  @ResolveField('thankYouTemplateRef')
  thankYouTemplateRef(@Parent() { row }: PageView) {
    return this.pages.thankYouTemplateRef(row);
  }
}

/** Fields for staff of the page's org and of the lead. */
@Resolver('PrivateActionPage')
export class PrivatePageResolver {
  constructor(private readonly pages: PageReadService) {}

  @ResolveField('location')
  location(@Parent() { row }: PageView) {
    return this.pages.location(row);
  }

  @ResolveField('status')
  status(@Parent() { row }: PageView) {
    return this.pages.status(row);
  }
}
