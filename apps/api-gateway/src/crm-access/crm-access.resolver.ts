import { Args, Context, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { CrmAccessService, type CrmAccessView } from './crm-access.service';

interface OneCredential {
  orgName: string;
  id: string;
}

@Resolver('CrmAccess')
export class CrmAccessResolver {
  constructor(private readonly service: CrmAccessService) {}

  @Query('crmAccess')
  crmAccess(@Args('orgName') orgName: string, @Context() { viewer }: RequestContext) {
    return this.service.of(viewer, orgName);
  }

  @ResolveField('queues')
  queues(@Parent() view: CrmAccessView) {
    return this.service.queuesOf(view);
  }

  @ResolveField('backlog')
  backlog(@Parent() view: CrmAccessView) {
    return this.service.backlogOf(view);
  }

  @ResolveField('credentials')
  credentials(@Parent() view: CrmAccessView) {
    return this.service.credentialsOf(view);
  }

  @Mutation('createCrmCredential')
  createCrmCredential(
    @Args() { orgName, label }: { orgName: string; label: string },
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.create(viewer, orgName, label);
  }

  @Mutation('rotateCrmCredential')
  rotateCrmCredential(@Args() { orgName, id }: OneCredential, @Context() { viewer }: RequestContext) {
    return this.service.rotate(viewer, orgName, id);
  }

  @Mutation('revokeCrmCredential')
  revokeCrmCredential(@Args() { orgName, id }: OneCredential, @Context() { viewer }: RequestContext) {
    return this.service.revoke(viewer, orgName, id);
  }
}
