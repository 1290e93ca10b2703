import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { PageIdentifier } from './page-identifier';
import type { PageInput } from './page-input';
import { PageReadService } from './page-read.service';
import { PageService } from './page.service';

@Resolver()
export class PageResolver {
  constructor(
    private readonly reader: PageReadService,
    private readonly pages: PageService,
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

  @Mutation('updateActionPage')
  updateActionPage(
    @Args() { id, name }: PageIdentifier,
    @Args('input') input: PageInput,
    @Context() { viewer }: RequestContext,
  ) {
    return this.pages.update(viewer, { id, name }, input);
  }
}
