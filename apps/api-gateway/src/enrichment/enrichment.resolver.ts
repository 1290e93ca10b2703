import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { CampaignEnrichmentService, type EnrichmentRuleInput } from './campaign-enrichment.service';
import { EnrichmentChangeService, type EnrichmentKindName } from './enrichment-change.service';
import { EnrichmentService } from './enrichment.service';

@Resolver()
export class EnrichmentResolver {
  constructor(
    private readonly service: EnrichmentService,
    private readonly changes: EnrichmentChangeService,
    private readonly campaigns: CampaignEnrichmentService,
  ) {}

  @Query('enrichments')
  enrichments(
    @Args() { orgName, actionId }: { orgName: string; actionId: number },
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.ofAction(viewer, orgName, actionId);
  }

  @Query('enrichmentUsage')
  enrichmentUsage(
    @Args() { orgName, month }: { orgName: string; month?: string | null },
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.usageOf(viewer, orgName, month ?? null);
  }

  @Mutation('updateCampaignEnrichment')
  updateCampaignEnrichment(
    @Args() { campaignId, rules }: { campaignId: number; rules: EnrichmentRuleInput[] },
    @Context() { viewer }: RequestContext,
  ) {
    return this.campaigns.update(viewer, campaignId, rules);
  }

  @Mutation('setEnrichmentQuota')
  setEnrichmentQuota(
    @Args()
    { orgName, kind, monthlyUnits }: { orgName: string; kind: EnrichmentKindName; monthlyUnits: number },
    @Context() { viewer }: RequestContext,
  ) {
    return this.changes.setQuota(viewer, orgName, kind, monthlyUnits);
  }

  @Mutation('retryEnrichment')
  retryEnrichment(@Args() { orgName, id }: { orgName: string; id: string }, @Context() { viewer }: RequestContext) {
    return this.changes.retry(viewer, orgName, id);
  }
}
