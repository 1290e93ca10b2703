import { Catalogue } from '@groundswell/persistence';
import { Args, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { viewOrg } from '../orgs/org.view';
import type { CampaignStatsView } from './campaign-stats.view';

@Resolver('CampaignStats')
export class CampaignStatsResolver {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly lookup: CatalogueLookup,
  ) {}

  /** Orgs that are gone are left out here, not in the sums. */
  @ResolveField('supporterCountByOrg')
  supporterCountByOrg(@Parent() { byOrg, access }: CampaignStatsView) {
    return [...byOrg]
      .filter(([orgId]) => this.catalogue.orgs.get(orgId)?.deletedAt === null)
      .sort(([idA, a], [idB, b]) => b - a || idA - idB)
      .map(([orgId, count]) => ({ org: viewOrg(this.lookup.orgById(orgId), access), count }));
  }

  /** An unknown name is nobody's: all others are then all. */
  @ResolveField('supporterCountByOthers')
  supporterCountByOthers(@Parent() { byOrg, supporterCount }: CampaignStatsView, @Args('orgName') orgName: string) {
    const own = this.catalogue.orgByName(orgName);
    return supporterCount - ((own && byOrg.get(own.id)) ?? 0);
  }
}
