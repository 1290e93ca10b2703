import { objectStore, type ObjectStore } from '@groundswell/object-store';
import { Database } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/access';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { readPage, readRowId, type PageSelection } from '../mails/page-selection';
import { AccessFinder } from '../users/access-finder';
import { requireStaffer } from '../users/permission-guard';
import { viewLateReference, viewUpload, type UploadView } from './upload-view';
import { UploadReadModel, type LateReferenceState, type UploadErrorRow } from './upload.read-model';

const linkSeconds = 3_600;

/** What became of files of actions, and of references that came early: for staff of the org. */
@Injectable()
export class ImportService {
  private readonly uploads: UploadReadModel;

  constructor(
    database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    @Inject(objectStore) private readonly store: ObjectStore | null,
  ) {
    this.uploads = new UploadReadModel(database);
  }

  async list(caller: Viewer | null, orgName: string, page: PageSelection) {
    const orgId = await this.readableOrg(caller, orgName);
    const { after, limit } = readPage(page);
    const { shown, next } = onePage(await this.uploads.list({ orgId, after, limit: limit + 1 }), limit);
    return { uploads: shown.map(viewUpload), after: next?.id ?? null };
  }

  async find(caller: Viewer | null, orgName: string, id: string): Promise<UploadView> {
    return this.found(await this.readableOrg(caller, orgName), id);
  }

  async errors(
    caller: Viewer | null,
    orgName: string,
    id: string,
    page: PageSelection,
  ): Promise<{ errors: UploadErrorRow[]; after: string | null }> {
    const orgId = await this.readableOrg(caller, orgName);
    const { after, limit } = readPage(page);
    const upload = await this.found(orgId, id);
    const rows = await this.uploads.errors(upload.id, { orgId, after, limit: limit + 1 });
    const { shown, next } = onePage(rows, limit);
    return { errors: shown, after: next?.id ?? null };
  }

  async lateReferences(caller: Viewer | null, orgName: string, state: string | null, page: PageSelection) {
    const orgId = await this.readableOrg(caller, orgName);
    const { after, limit } = readPage(page);
    const wanted = (state?.toLowerCase() ?? null) as LateReferenceState | null;
    const rows = await this.uploads.lateReferences(wanted, { orgId, after, limit: limit + 1 });
    const { shown, next } = onePage(rows, limit);
    return { references: shown.map(viewLateReference), after: next?.actionId ?? null };
  }

  /** Of an org whose uploads the caller may see. */
  async found(orgId: number, id: string): Promise<UploadView> {
    const rowId = readRowId(id);
    const row = rowId === null ? null : await this.uploads.find(orgId, rowId);
    if (!row) throw entityNotFound();
    return viewUpload(row);
  }

  /** A link without a store would lead nowhere. */
  async errorsUrlOf({ id, reportKey }: UploadView): Promise<string | null> {
    if (reportKey === null || !this.store) return null;
    const fileName = `upload-${id}-errors.csv`;
    return this.store.presignGet(reportKey, { expiresSeconds: linkSeconds, fileName, contentType: 'text/csv' });
  }

  private async readableOrg(caller: Viewer | null, orgName: string): Promise<number> {
    const org = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, org.id), true);
    return org.id;
  }
}

/** Of one row more than asked for; `next`: the last one shown, where there are more. */
function onePage<Row>(rows: Row[], limit: number): { shown: Row[]; next: Row | undefined } {
  const shown = rows.slice(0, limit);
  return { shown, next: rows.length > limit ? shown.at(-1) : undefined };
}
