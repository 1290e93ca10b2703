import { quarantineKey, uploadKey } from '@groundswell/contracts';
import { uuidV7 } from '@groundswell/crypto';
import { objectStore, type ObjectStore } from '@groundswell/object-store';
import { Database } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { ApiError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { AttachmentTokens } from './attachment-tokens';
import { readActionsFileInput, readAttachmentInput, type UploadInput } from './upload-input';

/** How long a file may be sent after it was asked for. */
const attachmentSeconds = 900;
const actionsFileSeconds = 3_600;

/** GraphQL type `Upload`. `fields` are headers of the PUT; browsers add the length themselves. */
export interface UploadView {
  key: string;
  url: string;
  fields: Record<string, string>;
  expiresAt: Date;
}

/** Gives out links to which one file can be sent, straight to the object store (docs/uploads.md). */
@Injectable()
export class UploadService {
  private readonly tokens: AttachmentTokens;

  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    @Inject(objectStore) private readonly store: ObjectStore | null,
    @Inject(CATALOGUE_SURROUNDINGS) { settings }: CatalogueSurroundings,
  ) {
    this.tokens = new AttachmentTokens(settings.envelope);
  }

  /** For anybody: the file lies in quarantine, and goes unless an action names it. */
  async forAction(actionPageId: number, input: UploadInput): Promise<UploadView> {
    const store = this.configured();
    const page = await this.lookup.page(actionPageId);
    const file = { ...readAttachmentInput(input), objectId: uuidV7() };
    const link = await this.link(store, quarantineKey(file.objectId), file, attachmentSeconds);
    return { key: this.tokens.seal(page.id, file), ...link };
  }

  /** For those who may have the org's contacts: a file of actions to be read in. */
  async forImport(caller: Viewer | null, orgName: string, input: UploadInput): Promise<UploadView> {
    const org = await this.lookup.org(orgName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), 'export_contacts');
    const store = this.configured();
    const file = readActionsFileInput(input);
    const key = uploadKey(org.id, uuidV7(), file.ending);
    const { type, size } = file;
    const changeset = { operation: 'requestActionsUpload', orgId: org.id, key, type, size };
    await this.database.run((manager) =>
      new AuditRepository(manager).insert(String(viewer.userId), [
        { resource: 'org', resourceId: String(org.id), changeset },
      ]),
    );
    return { key, ...(await this.link(store, key, file, actionsFileSeconds)) };
  }

  private async link(
    store: ObjectStore,
    key: string,
    { type, size }: { type: string; size: number },
    expiresSeconds: number,
  ): Promise<Omit<UploadView, 'key'>> {
    const { url, headers, expiresAt } = await store.presignPut(key, { contentType: type, size, expiresSeconds });
    const { 'content-length': _length, ...fields } = headers;
    return { url, fields, expiresAt };
  }

  private configured(): ObjectStore {
    if (!this.store) throw new ApiError(null, 'Uploads are not configured', { reason: 'not_configured' });
    return this.store;
  }
}
