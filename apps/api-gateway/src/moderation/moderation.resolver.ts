import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { ConfirmInput } from '../confirms/confirm-match';
import { CodeDecisionsService } from './code-decisions.service';
import { ModerationService } from './moderation.service';

interface OrgConfirm {
  name: string;
  confirm: ConfirmInput;
}

@Resolver()
export class ModerationResolver {
  constructor(
    private readonly moderation: ModerationService,
    private readonly codes: CodeDecisionsService,
  ) {}

  @Mutation('decideAction')
  decideAction(
    @Args() { orgName, actionId, accept }: { orgName: string; actionId: number; accept: boolean },
    @Context() { viewer }: RequestContext,
  ) {
    return this.moderation.decideAction(viewer, orgName, actionId, accept ? 'accept' : 'reject');
  }

  @Mutation('acceptOrgConfirm')
  acceptOrgConfirm(@Args() { name, confirm }: OrgConfirm, @Context() { viewer }: RequestContext) {
    return this.codes.byOrg(viewer, name, confirm, 'accept');
  }

  @Mutation('rejectOrgConfirm')
  rejectOrgConfirm(@Args() { name, confirm }: OrgConfirm, @Context() { viewer }: RequestContext) {
    return this.codes.byOrg(viewer, name, confirm, 'reject');
  }

  @Mutation('acceptUserConfirm')
  acceptUserConfirm(@Args('confirm') confirm: ConfirmInput, @Context() { viewer }: RequestContext) {
    return this.codes.byUser(viewer, confirm, 'accept');
  }

  @Mutation('rejectUserConfirm')
  rejectUserConfirm(@Args('confirm') confirm: ConfirmInput, @Context() { viewer }: RequestContext) {
    return this.codes.byUser(viewer, confirm, 'reject');
  }
}
