import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { KeyService } from './key.service';

@Resolver()
export class KeyResolver {
  constructor(private readonly keys: KeyService) {}

  @Mutation('generateKey')
  generateKey(
    @Args('orgName') orgName: string,
    @Args('input') input: { name: string },
    @Context() { viewer }: RequestContext,
  ) {
    return this.keys.generate(viewer, orgName, input);
  }

  @Mutation('addKey')
  addKey(
    @Args('orgName') orgName: string,
    @Args('input') input: { name: string; public: string },
    @Context() { viewer }: RequestContext,
  ) {
    return this.keys.add(viewer, orgName, input);
  }

  @Mutation('deactivateAllKeys')
  deactivateAllKeys(@Args('orgName') orgName: string, @Context() { viewer }: RequestContext) {
    return this.keys.deactivateAll(viewer, orgName);
  }

  @Mutation('activateKey')
  activateKey(@Args('orgName') orgName: string, @Args('id') id: number, @Context() { viewer }: RequestContext) {
    return this.keys.activate(viewer, orgName, id);
  }
}
