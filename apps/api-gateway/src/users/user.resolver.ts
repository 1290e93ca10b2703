import { Context, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { UserService, type UserView } from './user.service';

@Resolver('User')
export class UserResolver {
  constructor(private readonly users: UserService) {}

  @Query('currentUser')
  currentUser(@Context() { viewer }: RequestContext) {
    return this.users.current(viewer);
  }

  @Mutation('resetApiToken')
  resetApiToken(@Context() { viewer }: RequestContext) {
    return this.users.resetApiToken(viewer);
  }

  @ResolveField('apiToken')
  apiToken(@Parent() user: UserView, @Context() { viewer }: RequestContext) {
    return this.users.apiToken(user.id, viewer);
  }

  @ResolveField('roles')
  roles(@Parent() user: UserView, @Context() { viewer }: RequestContext) {
    return this.users.roles(user.id, viewer);
  }
}
