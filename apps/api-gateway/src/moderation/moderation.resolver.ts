import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { ModerationService, type ConfirmInput } from './moderation.service';

@Resolver()
export class ModerationResolver {
  constructor(private readonly moderation: ModerationService) {}

  @Mutation('decideAction')
  decideAction(
    @Args() { orgName, actionId, accept }: { orgName: string; actionId: number; accept: boolean },
    @Context() { viewer }: RequestContext,
  ) {
    return this.moderation.decideAction(viewer, orgName, actionId, accept ? 'accept' : 'reject');
  }

  @Mutation('acceptOrgConfirm')
  async acceptOrgConfirm(
    @Args('name') name: string,
    @Args('confirm') confirm: ConfirmInput,
    @Context() { viewer }: RequestContext,
  ) {
    return { status: await this.moderation.confirmByOrg(viewer, name, confirm, 'accept') };
  }

  @Mutation('rejectOrgConfirm')
  async rejectOrgConfirm(
    @Args('name') name: string,
    @Args('confirm') confirm: ConfirmInput,
    @Context() { viewer }: RequestContext,
  ) {
    return { status: await this.moderation.confirmByOrg(viewer, name, confirm, 'reject') };
  }

  @Mutation('acceptUserConfirm')
  async acceptUserConfirm(@Args('confirm') confirm: ConfirmInput, @Context() { viewer }: RequestContext) {
    return { status: await this.moderation.confirmByUser(viewer, confirm, 'accept') };
  }

  @Mutation('rejectUserConfirm')
  async rejectUserConfirm(@Args('confirm') confirm: ConfirmInput, @Context() { viewer }: RequestContext) {
    return { status: await this.moderation.confirmByUser(viewer, confirm, 'reject') };
  }
}
