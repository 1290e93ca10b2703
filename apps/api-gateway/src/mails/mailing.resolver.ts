import { Args, Context, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { MailingView } from './mailing-view';
import { MailingService, type SelectMailings } from './mailing.service';
import type { PageSelection } from './page-selection';

interface OneMailing {
  orgName: string;
  id: string;
}

@Resolver()
export class MailingResolver {
  constructor(private readonly service: MailingService) {}

  @Query('mailings')
  mailings(
    @Args() { orgName, select }: { orgName: string; select?: SelectMailings | null },
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.list(viewer, orgName, select ?? {});
  }

  @Query('mailing')
  mailing(@Args() { orgName, id }: OneMailing, @Context() { viewer }: RequestContext) {
    return this.service.find(viewer, orgName, id);
  }

  @Mutation('retryMailing')
  retryMailing(@Args() { orgName, id }: OneMailing, @Context() { viewer }: RequestContext) {
    return this.service.change(viewer, orgName, id, 'retryMailing');
  }

  @Mutation('stopMailing')
  stopMailing(@Args() { orgName, id }: OneMailing, @Context() { viewer }: RequestContext) {
    return this.service.change(viewer, orgName, id, 'stopMailing');
  }
}

@Resolver('Mailing')
export class MailingFieldsResolver {
  constructor(private readonly service: MailingService) {}

  @ResolveField('progress')
  progress(@Parent() { id }: MailingView) {
    return this.service.progressOf(id);
  }

  @ResolveField('batches')
  batches(@Parent() { id }: MailingView) {
    return this.service.batchesOf(id);
  }

  @ResolveField('failures')
  failures(@Parent() { id }: MailingView, @Args() selection: PageSelection) {
    return this.service.failuresOf(id, selection);
  }
}
