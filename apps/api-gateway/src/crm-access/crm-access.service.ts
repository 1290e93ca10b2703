import {
  crmPasswordAnswerV1,
  crmRevokedAnswerV1,
  longestCredentialLabel,
  orgQueuesAnswerV1,
  type CrmPasswordAnswerV1,
} from '@groundswell/contracts';
import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import type { AuditNote } from '../catalogue-writing/write-effects';
import { readRowId } from '../mails/page-selection';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf, requireStaffer } from '../users/permission-guard';
import { CrmAccessReadModel, type CredentialRow } from './crm-access.read-model';
import { TopologyClient } from './topology.client';

/** An org whose access may be seen; its parts are looked up when they are asked for. */
export interface CrmAccessView {
  orgId: number;
}

/** How orgs' own software gets at their queues (docs/crm-access.md). */
@Injectable()
export class CrmAccessService {
  private readonly readModel: CrmAccessReadModel;

  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly topology: TopologyClient,
  ) {
    this.readModel = new CrmAccessReadModel(database);
  }

  async of(caller: Viewer | null, orgName: string): Promise<CrmAccessView> {
    const { id: orgId } = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, orgId), true);
    return { orgId };
  }

  async queuesOf({ orgId }: CrmAccessView) {
    const { state, isFull, queues } = await this.topology.ask({ kind: 'org_queues', orgId }, orgQueuesAnswerV1);
    const parked = await this.readModel.parked(queues.map(({ name }) => name));
    const shown = queues.map(({ purpose, unacknowledged: unacked, emptyAt, alerts, ...queue }) => ({
      ...queue,
      purpose: purpose.toUpperCase(),
      unacked,
      oldestAfter: emptyAt && new Date(emptyAt),
      parked: parked.get(queue.name) ?? 0,
      alerts: alerts.map(({ kind, since }) => ({ kind: kind.toUpperCase(), since: new Date(since) })),
    }));
    return { state: state.toUpperCase(), isFull, queues: shown };
  }

  backlogOf({ orgId }: CrmAccessView) {
    return this.readModel.backlog(orgId);
  }

  async credentialsOf({ orgId }: CrmAccessView) {
    return (await this.readModel.credentials(orgId)).map(viewCredential);
  }

  async create(caller: Viewer | null, orgName: string, text: string) {
    const { viewer, orgId } = await this.toChange(caller, orgName);
    const label = readLabel(text);
    const changeset = { operation: 'createCrmCredential', orgId, label };
    await this.note(viewer, { resource: 'org', resourceId: String(orgId), changeset });
    const asked = { kind: 'create_crm_credential', orgId, label, by: viewer.userId } as const;
    return viewLogin(await this.topology.ask(asked, crmPasswordAnswerV1));
  }

  async rotate(caller: Viewer | null, orgName: string, id: string) {
    const { orgId, credentialId } = await this.toCredential(caller, orgName, id, 'rotateCrmCredential');
    const asked = { kind: 'rotate_crm_credential', orgId, credentialId } as const;
    return viewLogin(await this.topology.ask(asked, crmPasswordAnswerV1));
  }

  async revoke(caller: Viewer | null, orgName: string, id: string): Promise<'SUCCESS' | 'NOOP'> {
    const { orgId, credentialId } = await this.toCredential(caller, orgName, id, 'revokeCrmCredential');
    const asked = { kind: 'revoke_crm_credential', orgId, credentialId } as const;
    const { outcome } = await this.topology.ask(asked, crmRevokedAnswerV1);
    return outcome === 'changed' ? 'SUCCESS' : 'NOOP';
  }

  private async toCredential(caller: Viewer | null, orgName: string, id: string, operation: string) {
    const { viewer, orgId } = await this.toChange(caller, orgName);
    const credentialId = readRowId(id);
    if (credentialId === null) throw entityNotFound();
    await this.note(viewer, {
      resource: 'crm_credential',
      resourceId: credentialId,
      changeset: { operation, orgId },
    });
    return { orgId, credentialId };
  }

  /** Who reads the queue has the org's contacts: both permissions are needed, the one to export them and the one to change
   *  where they go. */
  private async toChange(caller: Viewer | null, orgName: string): Promise<{ viewer: Viewer; orgId: number }> {
    const { id: orgId } = await this.lookup.org(orgName);
    const access = await this.access.toOrg(caller, orgId);
    requireAnyOf(access, 'export_contacts');
    return { viewer: requireAnyOf(access, 'change_org_services'), orgId };
  }

  /** Before it is asked, so nothing is done unseen. */
  private async note(viewer: Viewer, note: AuditNote): Promise<void> {
    await this.database.run((manager) => new AuditRepository(manager).insert(String(viewer.userId), [note]));
  }
}

function readLabel(text: string): string {
  const label = text.trim();
  if (label === '') throw InputError.at(['label'], "can't be blank");
  if (label.length > longestCredentialLabel) {
    throw InputError.at(['label'], `should be at most ${longestCredentialLabel} character(s)`);
  }
  if (/\p{Cc}/u.test(label)) throw InputError.at(['label'], 'has invalid format');
  return label;
}

const viewCredential = ({ isSettled, ...row }: CredentialRow) => ({ ...row, state: stateOf(row.revokedAt, isSettled) });

function stateOf(revokedAt: Date | null, isSettled: boolean): string {
  if (revokedAt) return isSettled ? 'REVOKED' : 'REVOKING';
  return isSettled ? 'ACTIVE' : 'PENDING';
}

const viewLogin = ({ credentialId: id, isInForce, ...login }: CrmPasswordAnswerV1) => ({
  ...login,
  id,
  state: stateOf(null, isInForce),
});
