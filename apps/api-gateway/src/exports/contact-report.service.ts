import { encodeRef } from '@groundswell/crypto';
import { actionStatusFromCode, emailStatusFromCode, supporterStatusFromCode } from '@groundswell/domain';
import { Catalogue, Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { WriteEffects } from '../catalogue-writing/write-effects';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { viewDonation, viewPayload, type ActionSurroundings } from './action.view';
import { ReferenceMapReadModel } from '../references/reference-map.read-model';
import { contactRefBytes } from './contact-ref';
import {
  contactReportRows,
  ContactReportReadModel,
  type HeldAction,
  type HeldSupporter,
} from './contact-report.read-model';
import { keyIdsOf } from './key-ids';

type KeyOf = ActionSurroundings['keyOf'];

/** All an org holds on one person, for whoever asks for it (graphql-api.md §11). */
@Injectable()
export class ContactReportService {
  private readonly readModel: ContactReportReadModel;
  private readonly references: ReferenceMapReadModel;

  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
  ) {
    this.readModel = new ContactReportReadModel(database);
    this.references = new ReferenceMapReadModel(database);
  }

  async report(caller: Viewer | null, orgName: string, contactRef: string): Promise<Record<string, unknown>> {
    const org = await this.lookup.org(orgName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), 'export_contacts');
    const fingerprint = await this.references.presentOf(contactRefBytes(contactRef));
    const ref = encodeRef(fingerprint);
    const supporters = await this.readModel.supporters(org.id, fingerprint);
    const ids = supporters.map(({ id }) => id);
    const actions = await this.readModel.actions(org.id, ids, ref);
    const erasedAt = await this.readModel.erasedAt(org.id, fingerprint);
    await this.audit(viewer, org.id);
    const keyOf: KeyOf = (id) => keyIdsOf(this.catalogue, id);
    return {
      contactRef: ref,
      orgName: org.name,
      isComplete: Math.max(supporters.length, actions.length) < contactReportRows,
      erasedAt,
      signatures: supporters.map((supporter) => ({
        ...viewSupporter(supporter, keyOf),
        actions: actions.filter(({ supporterId }) => supporterId === supporter.id).map(viewHeldAction),
      })),
      waitingActions: actions.filter(({ supporterId }) => supporterId === null).map(viewHeldAction),
    };
  }

  /** Without the reference: whoever can compute one would read from it who was asked about. */
  private async audit(viewer: Viewer, orgId: number): Promise<void> {
    const effects = new WriteEffects();
    effects.audit('export', orgId, { operation: 'exportContact', orgId });
    await this.database.run((manager) => new AuditRepository(manager).insert(String(viewer.userId), effects.audits));
  }
}

const viewSupporter = (supporter: HeldSupporter, keyOf: KeyOf) => {
  const { id, insertedAt, campaign, page, isItsOwn, area, dupeRank, record } = supporter;
  const { firstName, lastName, email, address } = supporter;
  return {
    supporterId: id,
    createdAt: insertedAt,
    campaign,
    page,
    ...(isItsOwn && { firstName, lastName, email, address }),
    area,
    status: supporterStatusFromCode(supporter.status),
    emailStatus: emailStatusFromCode(supporter.emailStatus),
    emailStatusChanged: supporter.emailStatusChanged,
    dupeRank,
    contact: record && {
      ...viewPayload(record, keyOf),
      communicationConsent: record.communicationConsent,
      communicationScopes: record.communicationScopes,
      deliveryConsent: record.deliveryConsent,
      givenAt: record.givenAt,
    },
  };
};

const viewHeldAction = (action: HeldAction) => ({
  actionId: action.id,
  createdAt: action.insertedAt,
  actionType: action.actionType,
  page: action.page,
  customFields: action.fields,
  status: actionStatusFromCode(action.status),
  withConsent: action.withConsent,
  testing: action.testing,
  tracking: action.tracking,
  donations: action.donations.map(viewDonation),
  messages: action.messages,
  enrichments: action.enrichments,
  attachments: action.attachments,
});
