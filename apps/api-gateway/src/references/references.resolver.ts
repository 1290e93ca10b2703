import { Context, Mutation, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { ReferencesService } from './references.service';

@Resolver()
export class ReferencesResolver {
  constructor(private readonly service: ReferencesService) {}

  @Mutation('recalculateReferences')
  recalculateReferences(@Context() { viewer }: RequestContext) {
    return this.service.recalculate(viewer);
  }
}
