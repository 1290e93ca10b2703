import { Args, Context, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { ServiceInput } from './service-input';
import { ServiceService, type ServiceView } from './service.service';

@Resolver('Service')
export class ServiceResolver {
  constructor(private readonly services: ServiceService) {}

  @Mutation('upsertService')
  upsertService(
    @Args('orgName') orgName: string,
    @Args('input') input: ServiceInput,
    @Context() { viewer }: RequestContext,
    @Args('id') id?: number | null,
  ) {
    return this.services.upsert(viewer, orgName, id ?? null, input);
  }

  @ResolveField('webhookUrl')
  webhookUrl(@Parent() service: ServiceView, @Context() { viewer }: RequestContext) {
    return this.services.webhookUrl(viewer, service);
  }

  @Mutation('rotateWebhook')
  rotateWebhook(@Args('orgName') orgName: string, @Args('id') id: number, @Context() { viewer }: RequestContext) {
    return this.services.rotateWebhook(viewer, orgName, id);
  }

  @Mutation('resetTransactionalEmailBudget')
  resetTransactionalEmailBudget(@Args('orgName') orgName: string, @Context() { viewer }: RequestContext) {
    return this.services.resetBudget(viewer, orgName);
  }
}
