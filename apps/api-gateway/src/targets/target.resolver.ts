import { Args, Context, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { CampaignView } from '../campaigns/campaign.view';
import type { OutdatedTargets } from './target-changes';
import type { TargetInput } from './target-input';
import { TargetReadService } from './target-read.service';
import { TargetService } from './target.service';
import type { TargetView } from './target.view';

@Resolver()
export class TargetResolver {
  constructor(private readonly targets: TargetService) {}

  @Mutation('upsertTargets')
  upsertTargets(
    @Args('targets') targets: TargetInput[],
    @Args('campaignId') campaignId: number,
    @Args('outdatedTargets') outdatedTargets: OutdatedTargets | null | undefined,
    @Context() { viewer }: RequestContext,
  ) {
    return this.targets.upsert(viewer, campaignId, targets, outdatedTargets ?? 'KEEP');
  }
}

/** Both views of a campaign list its targets. */
@Resolver('Campaign')
export class CampaignTargetsResolver {
  constructor(private readonly targets: TargetReadService) {}

  @ResolveField('targets')
  all(@Parent() { id, access }: CampaignView) {
    return this.targets.ofCampaign(id, access);
  }
}

@Resolver('PrivateTarget')
export class PrivateTargetResolver {
  constructor(private readonly targets: TargetReadService) {}

  @ResolveField('emails')
  emails(@Parent() { id }: TargetView) {
    return this.targets.emails(id);
  }
}
