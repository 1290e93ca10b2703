import { Args, Context, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { RequestContext } from '../auth/access';
import { PushChangeService } from './push-change.service';
import type { PageOfPushes, SelectPushes } from './push-page';
import type { PushEndpointView, PushView } from './push-view';
import { PushService } from './push.service';
import { SigningSecretService } from './signing-secret.service';

interface OnePush {
  orgName: string;
  id: string;
}
interface OneService {
  orgName: string;
  id: number;
}

@Resolver()
export class PushResolver {
  constructor(
    private readonly service: PushService,
    private readonly changes: PushChangeService,
    private readonly secrets: SigningSecretService,
  ) {}

  @Query('pushEndpoints')
  pushEndpoints(@Args('orgName') orgName: string, @Context() { viewer }: RequestContext) {
    return this.service.endpointsOf(viewer, orgName);
  }

  @Query('pushes')
  pushes(
    @Args() { orgName, select, ...page }: PageOfPushes & { orgName: string; select?: SelectPushes | null },
    @Context() { viewer }: RequestContext,
  ) {
    return this.service.list(viewer, orgName, select ?? {}, page);
  }

  @Mutation('enablePushEndpoint')
  enablePushEndpoint(@Args() { orgName, id }: OneService, @Context() { viewer }: RequestContext) {
    return this.changes.enableEndpoint(viewer, orgName, id);
  }

  @Mutation('replayPush')
  replayPush(@Args() { orgName, id }: OnePush, @Context() { viewer }: RequestContext) {
    return this.changes.changePush(viewer, orgName, id, 'replayPush');
  }

  @Mutation('dropPush')
  dropPush(@Args() { orgName, id }: OnePush, @Context() { viewer }: RequestContext) {
    return this.changes.changePush(viewer, orgName, id, 'dropPush');
  }

  @Mutation('replayFailedPushes')
  replayFailedPushes(
    @Args() { orgName, from, to }: { orgName: string; from?: Date | null; to?: Date | null },
    @Context() { viewer }: RequestContext,
  ) {
    return this.changes.replayFailed(viewer, orgName, { from: from ?? null, to: to ?? null });
  }

  @Mutation('rotateSigningSecret')
  rotateSigningSecret(@Args() { orgName, id }: OneService, @Context() { viewer }: RequestContext) {
    return this.secrets.rotate(viewer, orgName, id);
  }
}

@Resolver('Push')
export class PushFieldsResolver {
  constructor(private readonly service: PushService) {}

  @ResolveField('attempts')
  attempts(@Parent() { id }: PushView) {
    return this.service.attemptsOf(id);
  }
}

@Resolver('PushEndpoint')
export class PushEndpointFieldsResolver {
  constructor(private readonly service: PushService) {}

  @ResolveField('backlog')
  backlog(@Parent() endpoint: PushEndpointView) {
    return this.service.backlogOf(endpoint);
  }
}
