import { Database } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';

/** Who asked what of email-delivery. Written before it is asked, so nothing is done unseen; never an address. */
@Injectable()
export class MailAudit {
  constructor(private readonly database: Database) {}

  async note(viewer: Viewer, resource: string, resourceId: string, changeset: Record<string, unknown>): Promise<void> {
    await this.database.run((manager) =>
      new AuditRepository(manager).insert(String(viewer.userId), [{ resource, resourceId, changeset }]),
    );
  }
}
