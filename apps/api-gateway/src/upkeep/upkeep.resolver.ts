import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { UpkeepService } from './upkeep.service';

const defaultMonths = 3;

@Resolver()
export class UpkeepResolver {
  constructor(private readonly service: UpkeepService) {}

  @Mutation('closeIdleCampaigns')
  closeIdleCampaigns(
    @Args() { months, dryRun }: { months?: number | null; dryRun?: boolean | null },
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.closeIdle(viewer, months ?? defaultMonths, dryRun ?? true);
  }

  @Mutation('backfillCampaignDates')
  backfillCampaignDates(@Args() { dryRun }: { dryRun?: boolean | null }, @Context() { viewer }: RequestContext) {
    return this.service.backfillDates(viewer, dryRun ?? true);
  }
}
