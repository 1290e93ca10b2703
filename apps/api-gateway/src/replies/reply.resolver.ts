import { Args, Context, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { ReplyService, type RepliesArguments } from './reply.service';

@Resolver()
export class ReplyResolver {
  constructor(private readonly service: ReplyService) {}

  @Query('mttReplies')
  mttReplies(@Args() given: RepliesArguments, @Context() { viewer }: RequestContext) {
    return this.service.list(viewer, given);
  }
}
