import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { OrgInput } from './org-input';
import { OrgService } from './org.service';
import type { ProcessingInput } from './processing-input';

@Resolver()
export class OrgResolver {
  constructor(private readonly orgs: OrgService) {}

  @Query('org')
  org(@Args('name') name: string, @Context() { viewer }: RequestContext) {
    return this.orgs.read(viewer, name);
  }

  @Mutation('addOrg')
  addOrg(@Args('input') input: OrgInput, @Context() { viewer }: RequestContext) {
    return this.orgs.add(viewer, input);
  }

  @Mutation('updateOrg')
  updateOrg(@Args('name') name: string, @Args('input') input: OrgInput, @Context() { viewer }: RequestContext) {
    return this.orgs.update(viewer, name, input);
  }

  @Mutation('updateOrgProcessing')
  updateOrgProcessing(
    @Args() { name, ...processing }: ProcessingInput & { name: string },
    @Context() { viewer }: RequestContext,
  ) {
    return this.orgs.updateProcessing(viewer, name, processing);
  }
}
