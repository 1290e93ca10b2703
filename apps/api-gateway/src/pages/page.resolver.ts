import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { PageCopyService } from './page-copy.service';
import type { PageIdentifier } from './page-identifier';
import type { PageInput } from './page-input';
import { PageReadService } from './page-read.service';
import { PageService } from './page.service';

@Resolver()
export class PageResolver {
  constructor(
    private readonly reader: PageReadService,
    private readonly pages: PageService,
    private readonly copies: PageCopyService,
  ) {}

  @Query('actionPage')
  actionPage(@Args() identifier: PageIdentifier, @Context() { viewer }: RequestContext) {
    return this.reader.read(viewer, identifier);
  }

  @Mutation('addActionPage')
  addActionPage(
    @Args('orgName') orgName: string,
    @Args('campaignName') campaignName: string,
    @Args('input') input: PageInput,
    @Context() { viewer }: RequestContext,
  ) {
    return this.pages.add(viewer, orgName, campaignName, input);
  }

  @Mutation('copyActionPage')
  copyActionPage(
    @Args('orgName') orgName: string,
    @Args('name') name: string,
    @Args('fromName') fromName: string,
    @Context() { viewer }: RequestContext,
  ) {
    return this.copies.copyPage(viewer, orgName, name, fromName);
  }

  @Mutation('copyCampaignActionPage')
  copyCampaignActionPage(
    @Args('orgName') orgName: string,
    @Args('name') name: string,
    @Args('fromCampaignName') fromCampaignName: string,
    @Context() { viewer }: RequestContext,
  ) {
    return this.copies.copyFromCampaign(viewer, orgName, name, fromCampaignName);
  }

  @Mutation('updateActionPage')
  updateActionPage(
    @Args() { id, name }: PageIdentifier,
    @Args('input') input: PageInput,
    @Context() { viewer }: RequestContext,
  ) {
    return this.pages.update(viewer, { id, name }, input);
  }
}
