import {
  enrichmentChangeAnswerV1,
  enrichmentRefusals,
  type ActionIngestRequestV1,
  type SetEnrichmentQuotaRequestV1,
} from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { ApiError, InputError } from '../api/api-error';
import { ActionIngestClient } from '../asking/action-ingest.client';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import type { AuditNote } from '../catalogue-writing/write-effects';
import { readRowId } from '../mails/page-selection';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf, requireStaffer, requireViewer } from '../users/permission-guard';

export type EnrichmentKindName = Uppercase<SetEnrichmentQuotaRequestV1['enrichmentKind']>;

type Asked = Extract<ActionIngestRequestV1, { kind: 'set_enrichment_quota' | 'retry_enrichment' }>;
type Change<R extends Asked = Asked> = R extends unknown ? Omit<R, 'schema' | 'id'> : never;

/** What people decide about enrichments: asked of action-ingest. */
@Injectable()
export class EnrichmentChangeService {
  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly ingest: ActionIngestClient,
  ) {}

  /** For instance admins: they pay the provider. */
  async setQuota(
    caller: Viewer | null,
    orgName: string,
    kind: EnrichmentKindName,
    monthlyUnits: number,
  ): Promise<'SUCCESS' | 'NOOP'> {
    const { id: orgId } = await this.lookup.org(orgName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, orgId), 'instance_owner');
    if (monthlyUnits < 0) throw InputError.at(['monthlyUnits'], 'must be greater than or equal to 0');
    const enrichmentKind = kind.toLowerCase() as SetEnrichmentQuotaRequestV1['enrichmentKind'];
    const changeset = { operation: 'setEnrichmentQuota', orgId, kind: enrichmentKind, monthlyUnits };
    await this.note(viewer, { resource: 'org', resourceId: String(orgId), changeset });
    return this.ask({ kind: 'set_enrichment_quota', orgId, enrichmentKind, monthlyUnits });
  }

  /** For any staffer of the lead, whose quota it is. */
  async retry(caller: Viewer | null, orgName: string, id: string): Promise<'SUCCESS' | 'NOOP'> {
    const { id: orgId } = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, orgId));
    const viewer = requireViewer(caller);
    const rowId = readRowId(id);
    const enrichmentId = Number(rowId);
    if (rowId === null || !Number.isSafeInteger(enrichmentId)) throw entityNotFound();
    const changeset = { operation: 'retryEnrichment', orgId };
    await this.note(viewer, { resource: 'enrichment', resourceId: rowId, changeset });
    return this.ask({ kind: 'retry_enrichment', orgId, enrichmentId });
  }

  private async ask(change: Change): Promise<'SUCCESS' | 'NOOP'> {
    try {
      const { outcome } = await this.ingest.ask(change, enrichmentChangeAnswerV1);
      return outcome === 'changed' ? 'SUCCESS' : 'NOOP';
    } catch (error) {
      throw refusalError(error);
    }
  }

  /** Before it is asked, so nothing is done unseen. */
  private async note(viewer: Viewer, note: AuditNote): Promise<void> {
    await this.database.run((manager) => new AuditRepository(manager).insert(String(viewer.userId), [note]));
  }
}

function refusalError(error: unknown): unknown {
  if (!(error instanceof RpcRefusedError)) return error;
  if (error.code === enrichmentRefusals.notFound) return entityNotFound();
  return new ApiError(null, error.message, { reason: error.code.replace(/^enrichment\./, '') }, { cause: error });
}
