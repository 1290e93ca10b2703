import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { PageSelection } from '../mails/page-selection';
import { MailoutChangeService } from './mailout-change.service';
import type { MailoutInput } from './mailout-input';
import { MailoutService } from './mailout.service';

interface OneMailout {
  orgName: string;
  name: string;
}

@Resolver()
export class MailoutResolver {
  constructor(
    private readonly service: MailoutService,
    private readonly changes: MailoutChangeService,
  ) {}

  @Query('mailouts')
  mailouts(
    @Args() { orgName, campaignName, ...page }: PageSelection & { orgName: string; campaignName?: string | null },
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.list(viewer, orgName, campaignName ?? null, page);
  }

  @Query('mailoutPeople')
  mailoutPeople(@Args() { orgName, name }: OneMailout, @Context() { viewer }: RequestContext) {
    return this.service.peopleOf(viewer, orgName, name);
  }

  @Mutation('addMailout')
  addMailout(
    @Args() { orgName, input }: { orgName: string; input: MailoutInput },
    @Context() { viewer }: RequestContext,
  ) {
    return this.changes.add(viewer, orgName, input);
  }

  @Mutation('startMailout')
  startMailout(@Args() { orgName, name }: OneMailout, @Context() { viewer }: RequestContext) {
    return this.changes.change(viewer, orgName, name, 'startMailout');
  }

  @Mutation('pauseMailout')
  pauseMailout(@Args() { orgName, name }: OneMailout, @Context() { viewer }: RequestContext) {
    return this.changes.change(viewer, orgName, name, 'pauseMailout');
  }

  @Mutation('stopMailout')
  stopMailout(@Args() { orgName, name }: OneMailout, @Context() { viewer }: RequestContext) {
    return this.changes.change(viewer, orgName, name, 'stopMailout');
  }

  @Mutation('testMailout')
  testMailout(@Args() { orgName, name }: OneMailout, @Context() { viewer }: RequestContext) {
    return this.changes.test(viewer, orgName, name);
  }
}
