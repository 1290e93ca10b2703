import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { FollowUpAssigneeInput } from './follow-up-assignee';
import { FollowUpChangeService, type FollowUpInput } from './follow-up-change.service';
import { FollowUpService, type PageOfFollowUps, type SelectFollowUps } from './follow-up.service';

interface OneItem {
  orgName: string;
  id: string;
}

@Resolver()
export class FollowUpResolver {
  constructor(
    private readonly service: FollowUpService,
    private readonly changes: FollowUpChangeService,
  ) {}

  @Query('followUps')
  followUps(
    @Args() { orgName, select, ...page }: PageOfFollowUps & { orgName: string; select?: SelectFollowUps | null },
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.list(viewer, orgName, select ?? {}, page);
  }

  @Query('detailBackend')
  detailBackend(@Args('orgName') orgName: string, @Context() { viewer }: RequestContext) {
    return this.service.detailBackend(viewer, orgName);
  }

  @Mutation('createFollowUps')
  createFollowUps(
    @Args() { orgName, input }: { orgName: string; input: FollowUpInput },
    @Context() { viewer }: RequestContext,
  ) {
    return this.changes.create(viewer, orgName, input);
  }

  @Mutation('assignFollowUp')
  assignFollowUp(
    @Args() { orgName, id, assignee }: OneItem & { assignee?: FollowUpAssigneeInput | null },
    @Context() { viewer }: RequestContext,
  ) {
    return this.changes.assign(viewer, orgName, id, assignee ?? null);
  }

  @Mutation('closeFollowUp')
  closeFollowUp(
    @Args() { orgName, id, outcome }: OneItem & { outcome?: string | null },
    @Context() { viewer }: RequestContext,
  ) {
    return this.changes.close(viewer, orgName, id, outcome ?? 'DONE');
  }
}
