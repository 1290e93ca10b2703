import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { RequeueService, type RequeueTarget } from './requeue.service';

@Resolver()
export class RequeueResolver {
  constructor(private readonly requeues: RequeueService) {}

  @Mutation('requeueActions')
  requeueActions(
    @Args() { orgName, ids, queue }: { orgName: string; ids?: number[] | null; queue: RequeueTarget },
    @Context() { viewer }: RequestContext,
  ) {
    return this.requeues.requeue(viewer, orgName, ids ?? null, queue);
  }
}
