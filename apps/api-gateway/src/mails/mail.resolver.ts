import { Args, Context, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { MailView } from './mail-views';
import { MailService, type SelectMails, type WaitingMails } from './mail.service';

interface OneMail {
  orgName: string;
  id: string;
}

@Resolver()
export class MailResolver {
  constructor(private readonly mails: MailService) {}

  @Query('mailHistory')
  mailHistory(
    @Args() { orgName, actionId }: { orgName: string; actionId: number },
    @Context() { viewer }: RequestContext,
  ) {
    return this.mails.history(viewer, orgName, actionId);
  }

  @Query('mails')
  waiting(
    @Args() { orgName, select }: { orgName?: string | null; select?: SelectMails | null },
    @Context() { viewer }: RequestContext,
  ) {
    return this.mails.waiting(viewer, orgName ?? null, select ?? {});
  }

  @Mutation('resendMail')
  resendMail(@Args() { orgName, id }: OneMail, @Context() { viewer }: RequestContext) {
    return this.mails.decide(viewer, orgName, id, 'resend_mail');
  }

  @Mutation('dropMail')
  dropMail(@Args() { orgName, id }: OneMail, @Context() { viewer }: RequestContext) {
    return this.mails.decide(viewer, orgName, id, 'drop_mail');
  }
}

@Resolver('WaitingMails')
export class WaitingMailsResolver {
  constructor(private readonly mails: MailService) {}

  @ResolveField('counts')
  counts(@Parent() { orgId }: WaitingMails) {
    return this.mails.counts(orgId);
  }
}

@Resolver('Mail')
export class MailFieldsResolver {
  constructor(private readonly mails: MailService) {}

  @ResolveField('failure')
  failure(@Parent() { id }: MailView) {
    return this.mails.failureOf(id);
  }

  @ResolveField('events')
  events(@Parent() { id }: MailView) {
    return this.mails.eventsOf(id);
  }
}
