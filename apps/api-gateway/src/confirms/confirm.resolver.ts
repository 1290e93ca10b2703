import { Args, Context, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { CampaignView } from '../campaigns/campaign.view';
import { UserService } from '../users/user.service';
import type { ConfirmView } from './confirm.view';
import { PartneringService } from './partnering.service';
import { PartnershipService, type PartnershipView } from './partnership.service';

type Message = string | null;

@Resolver()
export class PartneringResolver {
  constructor(private readonly partnering: PartneringService) {}

  @Mutation('launchActionPage')
  async launchActionPage(
    @Context() { viewer }: RequestContext,
    @Args('name') name: string,
    @Args('message') message?: Message,
  ) {
    return { status: await this.partnering.launch(viewer, name, message) };
  }

  @Mutation('invitePartner')
  invitePartner(
    @Context() { viewer }: RequestContext,
    @Args('name') name: string,
    @Args('email') email: string,
    @Args('message') message?: Message,
  ) {
    return this.partnering.invite(viewer, name, email, message);
  }

  @Mutation('requestJoinCampaign')
  requestJoinCampaign(
    @Context() { viewer }: RequestContext,
    @Args('orgName') orgName: string,
    @Args('campaignName') campaignName: string,
    @Args('message') message?: Message,
  ) {
    return this.partnering.requestJoin(viewer, orgName, campaignName, message);
  }
}

@Resolver('Confirm')
export class ConfirmFieldsResolver {
  constructor(private readonly users: UserService) {}

  @ResolveField('creator')
  creator(@Parent() { creatorId }: ConfirmView) {
    return this.users.byId(creatorId);
  }
}

@Resolver('PrivateCampaign')
export class CampaignPartnershipsResolver {
  constructor(private readonly service: PartnershipService) {}

  @ResolveField('partnerships')
  partnerships(@Parent() { row, access }: CampaignView) {
    return this.service.of(row, access);
  }
}

@Resolver('Partnership')
export class PartnershipResolver {
  constructor(private readonly service: PartnershipService) {}

  @ResolveField('launchRequests')
  launchRequests(@Parent() partnership: PartnershipView) {
    return this.service.launchRequests(partnership);
  }

  @ResolveField('launchRequesters')
  launchRequesters(@Parent() partnership: PartnershipView) {
    return this.service.launchRequesters(partnership);
  }
}
