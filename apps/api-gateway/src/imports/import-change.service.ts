import {
  cancelImportAnswerV1,
  importActionsAnswerV1,
  importLimits,
  importRefusals,
  type ImportActionsRequestV1,
} from '@groundswell/contracts';
import { RpcRefusedError } from '@groundswell/messaging';
import { objectStore, ObjectStoreError, type ObjectStore } from '@groundswell/object-store';
import { Database } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { ApiError, InputError, unavailable } from '../api/api-error';
import { ActionIngestClient } from '../asking/action-ingest.client';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import type { AuditNote } from '../catalogue-writing/write-effects';
import { readRowId } from '../mails/page-selection';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { checkedKey, settingsOf, type ImportActionsInput } from './import-input';
import { ImportService } from './import.service';
import type { UploadView } from './upload-view';

const retryAfterSeconds = 5;
const tooLarge = 'is too large';

/** What people have done with files of actions: asked of action-ingest, for those who may have the org's contacts. */
@Injectable()
export class ImportChangeService {
  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly ingest: ActionIngestClient,
    private readonly uploads: ImportService,
    @Inject(objectStore) private readonly store: ObjectStore | null,
  ) {}

  async begin(caller: Viewer | null, orgName: string, input: ImportActionsInput): Promise<UploadView> {
    const { viewer, orgId } = await this.changedOrg(caller, orgName);
    const settings = settingsOf(input);
    const page = await this.lookup.page(input.actionPageId);
    if (page.orgId !== orgId) throw entityNotFound();
    const objectKey = checkedKey(orgId, input.key);
    const order: Omit<ImportActionsRequestV1, 'schema' | 'id'> = {
      kind: 'import_actions',
      orgId,
      pageId: page.id,
      objectKey,
      size: await this.sizeOf(objectKey),
      format: input.format === 'CSV' ? 'csv' : 'json',
      isDry: input.dryRun ?? false,
      settings,
      requestedBy: String(viewer.userId),
    };
    const { pageId, format, isDry } = order;
    const changeset = { operation: 'importActions', orgId, objectKey, format, isDry, ...settings };
    await this.note(viewer, { resource: 'action_page', resourceId: String(pageId), changeset });
    const { uploadId } = await this.answered(() => this.ingest.ask(order, importActionsAnswerV1));
    return this.uploads.found(orgId, String(uploadId));
  }

  async cancel(caller: Viewer | null, orgName: string, id: string): Promise<'SUCCESS' | 'NOOP'> {
    const { viewer, orgId } = await this.changedOrg(caller, orgName);
    const uploadId = readRowId(id);
    if (uploadId === null) throw entityNotFound();
    const changeset = { operation: 'cancelActionUpload', orgId };
    await this.note(viewer, { resource: 'action_upload', resourceId: uploadId, changeset });
    const order = { kind: 'cancel_import' as const, orgId, uploadId: Number(uploadId) };
    const { outcome } = await this.answered(() => this.ingest.ask(order, cancelImportAnswerV1));
    return outcome === 'changed' ? 'SUCCESS' : 'NOOP';
  }

  private async sizeOf(key: string): Promise<number> {
    if (!this.store) throw notConfigured();
    const head = await this.store.head(key).catch((error: unknown) => {
      if (error instanceof ObjectStoreError && error.code === 'unavailable') {
        throw unavailable(retryAfterSeconds, error);
      }
      throw error;
    });
    if (!head) throw InputError.at(['key'], 'is not uploaded');
    if (head.size > importLimits.fileBytes) throw InputError.at(['key'], tooLarge);
    return head.size;
  }

  private async answered<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw refusalError(error);
    }
  }

  private async changedOrg(caller: Viewer | null, orgName: string): Promise<{ viewer: Viewer; orgId: number }> {
    const org = await this.lookup.org(orgName);
    return { viewer: requireAnyOf(await this.access.toOrg(caller, org.id), 'export_contacts'), orgId: org.id };
  }

  /** Before it is asked, so nothing is done unseen. */
  private async note(viewer: Viewer, note: AuditNote): Promise<void> {
    await this.database.run((manager) => new AuditRepository(manager).insert(String(viewer.userId), [note]));
  }
}

const notConfigured = (): ApiError =>
  new ApiError(null, 'Imports are not configured', { reason: importRefusals.notConfigured.replace(/^import\./, '') });

function refusalError(error: unknown): unknown {
  if (!(error instanceof RpcRefusedError)) return error;
  if (error.code === importRefusals.notFound) return entityNotFound();
  return new ApiError(null, error.message, { reason: error.code.replace(/^import\./, '') }, { cause: error });
}
