import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { ServiceInput } from './service-input';
import { ServiceService } from './service.service';

@Resolver()
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

  @Mutation('resetTransactionalEmailBudget')
  resetTransactionalEmailBudget(@Args('orgName') orgName: string, @Context() { viewer }: RequestContext) {
    return this.services.resetBudget(viewer, orgName);
  }
}
