import { Args, Context, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { SelectUser, UserDetailsInput } from './user-input';
import { UserService, type UserIdentifier } from './user.service';
import type { UserView } from './user.view';

@Resolver('User')
export class UserResolver {
  constructor(private readonly users: UserService) {}

  @Query('currentUser')
  currentUser(@Context() { viewer }: RequestContext) {
    return this.users.current(viewer);
  }

  @Query('users')
  list(@Context() { viewer }: RequestContext, @Args('select') select?: SelectUser | null) {
    return this.users.list(viewer, select ?? {});
  }

  @Mutation('updateUser')
  updateUser(
    @Args() { id, email }: UserIdentifier,
    @Args('input') input: UserDetailsInput,
    @Context() { viewer }: RequestContext,
  ) {
    return this.users.update(viewer, { id: id ?? null, email: email ?? null }, input);
  }

  @Mutation('resetApiToken')
  resetApiToken(@Context() { viewer }: RequestContext) {
    return this.users.resetApiToken(viewer);
  }

  @ResolveField('isAdmin')
  isAdmin(@Parent() user: UserView, @Context() { viewer }: RequestContext) {
    return this.users.isAdmin(user, viewer);
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
