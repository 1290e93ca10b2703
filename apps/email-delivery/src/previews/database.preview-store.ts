import type { Database } from '@groundswell/persistence';
import type { OutgoingMail } from '../providers/mail-provider';
import type { PreviewSource, PreviewStore } from '../providers/preview/preview-store';
import { PreviewRepository } from './preview.repository';

/** Keeps mails of the `preview` backend in mail.previews, for the gateway's /mailbox. */
export class DatabasePreviewStore implements PreviewStore {
  constructor(private readonly database: Database) {}

  async keep(mail: OutgoingMail, preview: PreviewSource): Promise<void> {
    const { purpose, from, to, subject, html, text, headers = {} } = mail;
    await this.database.run((manager) =>
      new PreviewRepository(manager).insertOnce({ purpose, from, to, subject, html, text, headers, ...preview }),
    );
  }
}
