import type { EntityManager } from 'typeorm';
import { storableJson } from '@groundswell/persistence';

/** A mail as the `preview` backend keeps it, for the gateway's /mailbox. */
export interface Preview {
  /** Of its row in mail.deliveries. */
  purpose: string;
  messageId: string;
  from: { email: string; name?: string | null };
  to: { email: string; name?: string | null };
  subject: string;
  html: string | null;
  text: string | null;
  /** The MIME source. */
  source: string;
  headers: Record<string, string>;
}

/** The newest this many are kept. */
export const keptPreviews = 1_000;

/** Mails of the `preview` backend. */
export class PreviewRepository {
  constructor(private readonly manager: EntityManager) {}

  /** The same message id twice is one mail. */
  async insertOnce(preview: Preview): Promise<void> {
    const { from, to } = preview;
    await this.manager.query(
      `insert into mail.previews (message_id, org_id, ref, accepted_at, from_address, from_name, to_address, to_name, subject,
                                  html, text, source, headers)
       select $1, d.org_id, d.ref, d.accepted_at, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb
         from (select $11::text as purpose) asked left join mail.deliveries d using (purpose)
       on conflict (message_id) do nothing`,
      [
        preview.messageId,
        from.email,
        from.name ?? null,
        to.email,
        to.name ?? null,
        preview.subject,
        preview.html,
        preview.text,
        preview.source,
        storableJson(preview.headers),
        preview.purpose,
      ],
    );
  }

  /** Of people erased after they acted. */
  async removeErased(): Promise<void> {
    await this.manager.query(
      `delete from mail.previews p using catalog.erasures e
        where e.org_id = p.org_id and e.ref = p.ref and e.erased_at > coalesce(p.accepted_at, p.created_at)`,
    );
  }

  async removeOld(): Promise<void> {
    await this.manager.query(
      `delete from mail.previews where id <= (select id from mail.previews order by id desc offset $1 limit 1)`,
      [keptPreviews],
    );
  }
}
