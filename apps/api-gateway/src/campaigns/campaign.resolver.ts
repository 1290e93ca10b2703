import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { CampaignIdentifier } from './campaign-identifier';
import type { CampaignInput, CampaignProcessingInput } from './campaign-input';
import { CampaignReadService } from './campaign-read.service';
import { CampaignService } from './campaign.service';

@Resolver()
export class CampaignResolver {
  constructor(
    private readonly reader: CampaignReadService,
    private readonly campaignService: CampaignService,
  ) {}

  @Query('campaigns')
  campaigns(@Args() identifier: CampaignIdentifier & { title?: string | null }, @Context() { viewer }: RequestContext) {
    return this.reader.list(viewer, identifier);
  }

  @Query('campaign')
  campaign(@Args() identifier: CampaignIdentifier, @Context() { viewer }: RequestContext) {
    return this.reader.read(viewer, identifier);
  }

  @Mutation('addCampaign')
  addCampaign(
    @Args('orgName') orgName: string,
    @Args('input') input: CampaignInput,
    @Context() { viewer }: RequestContext,
  ) {
    return this.campaignService.add(viewer, orgName, input);
  }

  @Mutation('upsertCampaign')
  upsertCampaign(
    @Args('orgName') orgName: string,
    @Args('input') input: CampaignInput,
    @Context() { viewer }: RequestContext,
  ) {
    return this.campaignService.upsert(viewer, orgName, input);
  }

  @Mutation('updateCampaignProcessing')
  updateCampaignProcessing(
    @Args() { name, ...processing }: CampaignProcessingInput & { name?: string | null },
    @Context() { viewer }: RequestContext,
  ) {
    return this.campaignService.updateProcessing(viewer, { name }, processing);
  }

  @Mutation('updateCampaign')
  updateCampaign(
    @Args() { id, name }: CampaignIdentifier,
    @Args('input') input: CampaignInput,
    @Context() { viewer }: RequestContext,
  ) {
    return this.campaignService.update(viewer, { id, name }, input);
  }
}
