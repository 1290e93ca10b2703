import type { EntityManager } from 'typeorm';
import {
  importLimits,
  importRefusals,
  type CancelImportRequestV1,
  type ImportActionsRequestV1,
} from '@groundswell/contracts';
import { JobControl, JobQueue, JobRunner } from '@groundswell/jobs';
import { RpcRefusedError } from '@groundswell/messaging';
import type { Catalogue } from '@groundswell/persistence';
import { PageScopes, type PageScope } from '@groundswell/submissions';
import { forgetUpload, importActions } from './import-jobs';
import { isSilentConfirm } from './silent-confirm';
import { UploadRepository } from './upload.repository';

export interface ImportDeskOptions {
  catalogue: Catalogue;
  queue: JobQueue;
  control: JobControl;
  runner: Pick<JobRunner, 'wake'>;
  /** Object store, seed and key are there. */
  isConfigured: boolean;
}

const dayMs = 24 * 3_600_000;

/** Takes files of actions and calls their import off: what the gateway asks, in the transaction that keeps the answer. */
export class ImportDesk {
  constructor(private readonly options: ImportDeskOptions) {}

  async begin(manager: EntityManager, request: ImportActionsRequestV1): Promise<{ uploadId: number }> {
    const { queue, isConfigured, runner } = this.options;
    const { orgId, requestedBy: createdBy } = request;
    if (!isConfigured) throw new RpcRefusedError(importRefusals.notConfigured, 'Imports are not configured');
    // The page may be a moment old.
    await this.options.catalogue.refresh();
    if (isSilentConfirm(this.scopeOf(request), request.settings)) {
      throw new RpcRefusedError(
        importRefusals.needsMails,
        'Supporters of this campaign confirm by mail: the import must send mails',
      );
    }
    const uploads = new UploadRepository(manager);
    if ((await uploads.countOpen(orgId)) >= importLimits.openUploads) {
      throw new RpcRefusedError(importRefusals.tooMany, `More than ${importLimits.openUploads} files are waiting`);
    }
    const uploadId = await uploads.insert(request);
    if (uploadId === null) throw new RpcRefusedError(importRefusals.again, 'This file was imported before');
    const { id } = await queue.add(manager, importActions, { payload: { uploadId, turn: 1 }, orgId, createdBy });
    await uploads.setJob(uploadId, id);
    await uploads.removeObject(request.objectKey, importLimits.keptDays);
    const notBefore = new Date(Date.now() + importLimits.keptDays * dayMs);
    await queue.add(manager, forgetUpload, { payload: { uploadId }, orgId, notBefore });
    // After the commit; a poll finds it too.
    setImmediate(() => runner.wake());
    return { uploadId };
  }

  async cancel(
    manager: EntityManager,
    { orgId, uploadId }: CancelImportRequestV1,
  ): Promise<{ outcome: 'changed' | 'unchanged' }> {
    const { control } = this.options;
    const uploads = new UploadRepository(manager);
    const upload = await uploads.find(uploadId);
    if (upload?.orgId !== orgId) throw new RpcRefusedError(importRefusals.notFound, 'Entity not found');
    // The job first, as its steps do: it waits for the one in hand.
    await control.cancel(manager, upload.jobId, orgId);
    const canceled = await uploads.cancel(uploadId, orgId);
    if (!canceled) return { outcome: 'unchanged' };
    if (canceled.jobId !== upload.jobId) await control.cancel(manager, canceled.jobId, orgId);
    await uploads.removeObject(upload.objectKey);
    return { outcome: 'changed' };
  }

  private scopeOf({ pageId, orgId }: ImportActionsRequestV1): PageScope {
    const scope = new PageScopes(this.options.catalogue).find(pageId);
    if (scope?.collector.id !== orgId) throw new RpcRefusedError(importRefusals.notFound, 'Entity not found');
    return scope;
  }
}
