import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/access';
import { BatchedLookup } from '../catalogue-writing/batched-lookup';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { groupedBy } from '../mails/grouped-by';
import { AccessFinder } from '../users/access-finder';
import { requireStaffer } from '../users/permission-guard';
import { PushEndpointReadModel } from './push-endpoint.read-model';
import { cursorOf, readPageOfPushes, type PageOfPushes, type SelectPushes } from './push-page';
import { viewAttempt, viewBacklog, viewEndpoint, viewPush, type PushEndpointView, type PushView } from './push-view';
import { PushReadModel, pushStates, type PushState } from './push.read-model';

export interface PushesView {
  pushes: PushView[];
  /** Where the next page begins. */
  after: string | null;
}

/** What became of pushes, and how their endpoints are: for staff of the org. */
@Injectable()
export class PushService {
  private readonly pushes: PushReadModel;
  private readonly endpoints: PushEndpointReadModel;
  private readonly attempts = new BatchedLookup(async (ids: string[]) =>
    groupedBy(await this.pushes.attemptsOf(ids), ({ pushId }) => pushId),
  );

  private readonly backlogs = new BatchedLookup(async (orgIds: string[]) =>
    groupedBy(await this.endpoints.backlogsOf(orgIds.map(Number)), ({ orgId }) => String(orgId)),
  );

  constructor(
    database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
  ) {
    this.pushes = new PushReadModel(database);
    this.endpoints = new PushEndpointReadModel(database);
  }

  async list(caller: Viewer | null, orgName: string, select: SelectPushes, page: PageOfPushes): Promise<PushesView> {
    const orgId = await this.readableOrg(caller, orgName);
    const { after, limit } = readPageOfPushes(page);
    const states = select.state ? [select.state.toLowerCase() as PushState] : pushStates;
    const { from = null, to = null } = select;
    const rows = await this.pushes.list({ orgId, states, from, to, after, limit: limit + 1 });
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return { pushes: shown.map(viewPush), after: last ? cursorOf(last) : null };
  }

  async attemptsOf(pushId: string) {
    return ((await this.attempts.get(pushId)) ?? []).map(viewAttempt);
  }

  async endpointsOf(caller: Viewer | null, orgName: string): Promise<PushEndpointView[]> {
    const orgId = await this.readableOrg(caller, orgName);
    return (await this.endpoints.ofOrg(orgId)).map(viewEndpoint);
  }

  /** Of an endpoint that was just read. */
  async backlogOf({ orgId, usedFor }: PushEndpointView) {
    return viewBacklog((await this.backlogs.get(String(orgId))) ?? [], usedFor);
  }

  private async readableOrg(caller: Viewer | null, orgName: string): Promise<number> {
    const org = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, org.id), true);
    return org.id;
  }
}
