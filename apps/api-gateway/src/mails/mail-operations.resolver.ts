import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { MailLoopsService } from './mail-loops.service';
import { SuppressionService, type SuppressedAddress } from './suppression.service';

/** Event loops and suppressed addresses. */
@Resolver()
export class MailOperationsResolver {
  constructor(
    private readonly loops: MailLoopsService,
    private readonly suppressions: SuppressionService,
  ) {}

  @Query('mailLoops')
  mailLoops(@Context() { viewer }: RequestContext) {
    return this.loops.status(viewer);
  }

  @Mutation('scheduleMailEvents')
  scheduleMailEvents(@Args() { begin, end }: { begin: Date; end: Date }, @Context() { viewer }: RequestContext) {
    return this.loops.schedule(viewer, begin, end);
  }

  @Mutation('cancelScheduledMailEvents')
  cancelScheduledMailEvents(@Context() { viewer }: RequestContext) {
    return this.loops.cancel(viewer);
  }

  @Query('mailSuppression')
  mailSuppression(@Args() asked: SuppressedAddress, @Context() { viewer }: RequestContext) {
    return this.suppressions.find(viewer, asked);
  }

  @Mutation('removeMailSuppression')
  removeMailSuppression(@Args() asked: SuppressedAddress, @Context() { viewer }: RequestContext) {
    return this.suppressions.remove(viewer, asked);
  }
}
