import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import type { PageSelection } from '../mails/page-selection';
import { JobMonitorService, type SelectJobs } from './job-monitor.service';
import { ParkedService, type SelectParked } from './parked.service';
import { QueueMonitorService, type SelectQueues } from './queue-monitor.service';
import { QueuePauseService } from './queue-pause.service';

interface OfOrg {
  orgName?: string | null;
}
interface OneRow extends OfOrg {
  id: string;
}

@Resolver()
export class QueueMonitorResolver {
  constructor(
    private readonly monitor: QueueMonitorService,
    private readonly pauses: QueuePauseService,
  ) {}

  @Query('queues')
  queues(@Args() select: SelectQueues, @Context() { viewer }: RequestContext) {
    return this.monitor.list(viewer, select);
  }

  @Query('queueHistory')
  queueHistory(
    @Args() { orgName, name, days }: OfOrg & { name: string; days?: number | null },
    @Context() { viewer }: RequestContext,
  ) {
    return this.monitor.history(viewer, orgName, name, days ?? 1);
  }

  @Mutation('pauseQueue')
  pauseQueue(@Args('name') name: string, @Context() { viewer }: RequestContext) {
    return this.pauses.set(viewer, name, true);
  }

  @Mutation('resumeQueue')
  resumeQueue(@Args('name') name: string, @Context() { viewer }: RequestContext) {
    return this.pauses.set(viewer, name, false);
  }
}

@Resolver()
export class JobMonitorResolver {
  constructor(private readonly service: JobMonitorService) {}

  @Query('jobs')
  jobs(
    @Args()
    { orgName, service, select, ...page }: OfOrg & PageSelection & { service: string; select?: SelectJobs | null },
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.list(viewer, orgName, service, select ?? {}, page);
  }

  @Query('job')
  job(@Args() { orgName, id }: OneRow, @Context() { viewer }: RequestContext) {
    return this.service.find(viewer, orgName, id);
  }

  @Mutation('retryJob')
  retryJob(@Args() { orgName, id }: OneRow, @Context() { viewer }: RequestContext) {
    return this.service.change(viewer, orgName, id, 'retry');
  }

  @Mutation('cancelJob')
  cancelJob(@Args() { orgName, id }: OneRow, @Context() { viewer }: RequestContext) {
    return this.service.change(viewer, orgName, id, 'cancel');
  }

  @Mutation('discardJob')
  discardJob(@Args() { orgName, id }: OneRow, @Context() { viewer }: RequestContext) {
    return this.service.change(viewer, orgName, id, 'discard');
  }
}

@Resolver()
export class ParkedResolver {
  constructor(private readonly service: ParkedService) {}

  @Query('parkedMessages')
  parkedMessages(
    @Args() { orgName, service, queue, reason, ...page }: OfOrg & PageSelection & Omit<SelectParked, 'ids' | 'upTo'>,
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.list(viewer, orgName, { service, queue, reason }, page);
  }

  @Query('parkedMessage')
  parkedMessage(@Args() { orgName, id }: OneRow, @Context() { viewer }: RequestContext) {
    return this.service.look(viewer, orgName, id);
  }

  @Mutation('replayParked')
  replayParked(@Args() { orgName, select }: OfOrg & { select: SelectParked }, @Context() { viewer }: RequestContext) {
    return this.service.replay(viewer, orgName, select);
  }

  @Mutation('dropParked')
  dropParked(@Args() { orgName, select }: OfOrg & { select: SelectParked }, @Context() { viewer }: RequestContext) {
    return this.service.drop(viewer, orgName, select);
  }
}
