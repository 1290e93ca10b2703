import { pushChangeAnswerV1, replayFailedAnswerV1, type PushChangeAnswerV1 } from '@groundswell/contracts';
import { Catalogue, Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { ApiError, InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import type { AuditNote } from '../catalogue-writing/write-effects';
import { readRowId } from '../mails/page-selection';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { CrmForwarderClient } from './crm-forwarder.client';

export interface ReplayedRange {
  from: Date | null;
  to: Date | null;
}

const pushChanges = { replayPush: 'replay_push', dropPush: 'drop_push' } as const;

/** What people have done to pushes and endpoints: asked of crm-forwarder, for those who may change the org's services. */
@Injectable()
export class PushChangeService {
  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly forwarder: CrmForwarderClient,
  ) {}

  async enableEndpoint(caller: Viewer | null, orgName: string, serviceId: number): Promise<'SUCCESS' | 'NOOP'> {
    const { viewer, orgId } = await this.changedOrg(caller, orgName);
    if (this.catalogue.services.get(serviceId)?.orgId !== orgId) {
      throw new ApiError('not_found', `Cannot find service with ${serviceId}`);
    }
    const changeset = { operation: 'enablePushEndpoint', orgId };
    await this.note(viewer, { resource: 'service', resourceId: String(serviceId), changeset });
    return statusOf(await this.forwarder.ask({ kind: 'enable_endpoint', orgId, serviceId }, pushChangeAnswerV1));
  }

  async changePush(
    caller: Viewer | null,
    orgName: string,
    id: string,
    operation: keyof typeof pushChanges,
  ): Promise<'SUCCESS' | 'NOOP'> {
    const { viewer, orgId } = await this.changedOrg(caller, orgName);
    const pushId = readRowId(id);
    if (pushId === null) throw entityNotFound();
    await this.note(viewer, { resource: 'push', resourceId: pushId, changeset: { operation, orgId } });
    return statusOf(await this.forwarder.ask({ kind: pushChanges[operation], orgId, pushId }, pushChangeAnswerV1));
  }

  /** Those taken over from `from` on and before `to`. */
  async replayFailed(caller: Viewer | null, orgName: string, { from, to }: ReplayedRange): Promise<{ count: number }> {
    const { viewer, orgId } = await this.changedOrg(caller, orgName);
    if (from && to && from >= to) throw InputError.at(['from'], 'must be before to');
    const range = { ...(from ? { from: from.toISOString() } : {}), ...(to ? { to: to.toISOString() } : {}) };
    const changeset = { operation: 'replayFailedPushes', orgId, ...range };
    await this.note(viewer, { resource: 'org', resourceId: String(orgId), changeset });
    return this.forwarder.ask({ kind: 'replay_failed', orgId, ...range }, replayFailedAnswerV1);
  }

  private async changedOrg(caller: Viewer | null, orgName: string): Promise<{ viewer: Viewer; orgId: number }> {
    const org = await this.lookup.org(orgName);
    return { viewer: requireAnyOf(await this.access.toOrg(caller, org.id), 'change_org_services'), orgId: org.id };
  }

  /** Before it is asked, so nothing is done unseen. */
  private async note(viewer: Viewer, note: AuditNote): Promise<void> {
    await this.database.run((manager) => new AuditRepository(manager).insert(String(viewer.userId), [note]));
  }
}

const statusOf = ({ outcome }: PushChangeAnswerV1): 'SUCCESS' | 'NOOP' => (outcome === 'changed' ? 'SUCCESS' : 'NOOP');
