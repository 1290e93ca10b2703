import { fileNameOfType } from '@groundswell/domain';
import { objectStore, type ObjectStore } from '@groundswell/object-store';
import { Database } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { AccessFinder } from '../users/access-finder';
import { requireStaffer, requireViewer } from '../users/permission-guard';
import { AttachmentReadModel, type AttachmentRow } from './attachment.read-model';

/** How long a link to a file is good for. */
const linkSeconds = 300;

export interface AttachmentView {
  id: number;
  name: string;
  type: string;
  size: number;
  state: string;
  reason: string | null;
  /** Hex. */
  sha256: string | null;
  receivedAt: Date;
  endedAt: Date | null;
  url: string | null;
  thumbnailUrl: string | null;
}

/** Files of actions, for those who moderate them: any staffer of the page's org. */
@Injectable()
export class AttachmentService {
  private readonly readModel: AttachmentReadModel;

  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    @Inject(objectStore) private readonly store: ObjectStore | null,
  ) {
    this.readModel = new AttachmentReadModel(database);
  }

  /** Who was given links stands in the audit log. */
  async ofAction(caller: Viewer | null, orgName: string, actionId: number): Promise<AttachmentView[]> {
    const org = await this.lookup.org(orgName);
    requireStaffer(await this.access.toOrg(caller, org.id));
    const viewer = requireViewer(caller);
    const rows = await this.readModel.ofAction(org.id, actionId);
    if (rows.length === 0 && !(await this.readModel.hasAction(org.id, actionId))) throw entityNotFound();
    if (rows.some(({ key }) => key !== null)) await this.note(viewer, org.id, actionId);
    return Promise.all(rows.map((row) => this.view(row)));
  }

  private async view({ key, thumbnailKey, sha256, ...row }: AttachmentRow): Promise<AttachmentView> {
    return {
      ...row,
      state: row.state.toUpperCase(),
      sha256: sha256?.toString('hex') ?? null,
      // Never shown by a browser in the name of the object store.
      url: await this.link(key, { fileName: fileNameOfType(row.name, row.type), contentType: row.type }),
      thumbnailUrl: await this.link(thumbnailKey, {}),
    };
  }

  private async link(key: string | null, as: { fileName?: string; contentType?: string }): Promise<string | null> {
    return key === null || !this.store ? null : this.store.presignGet(key, { expiresSeconds: linkSeconds, ...as });
  }

  private async note(viewer: Viewer, orgId: number, actionId: number): Promise<void> {
    const note = {
      resource: 'action',
      resourceId: String(actionId),
      changeset: { operation: 'attachments', orgId },
    };
    await this.database.run((manager) => new AuditRepository(manager).insert(String(viewer.userId), [note]));
  }
}
