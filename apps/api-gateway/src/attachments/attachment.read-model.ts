import type { Database } from '@groundswell/persistence';

export interface AttachmentRow {
  id: number;
  name: string;
  type: string;
  size: number;
  state: 'waiting' | 'clean' | 'refused' | 'failed';
  reason: string | null;
  key: string | null;
  thumbnailKey: string | null;
  sha256: Buffer | null;
  receivedAt: Date;
  endedAt: Date | null;
}

/** Files of actions as action-ingest keeps them. Throws DatabaseAwayError. */
export class AttachmentReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** At pages of this org. One whose job has failed waits for a person to try it again. */
  ofAction(orgId: number, actionId: number): Promise<AttachmentRow[]> {
    return this.database.query<AttachmentRow>(
      `select t.id::int, t.name, t.type, t.size::int, t.key, t.thumbnail_key as "thumbnailKey", t.sha256,
              case when t.state = 'waiting' and j.id is not null then 'failed' else t.state end as state,
              case when t.state = 'waiting' then j.last_error else t.reason end as reason,
              t.inserted_at as "receivedAt", t.ended_at as "endedAt"
         from actions.attachments t
         left join actions.jobs j on j.type = 'scan-attachment' and j.state = 'failed' and j.key = t.object_id::text
        where t.action_id = $2 and t.org_id = $1
        order by t.id`,
      [orgId, actionId],
    );
  }

  /** Whether the org has such an action at all, on a page of its own. */
  async hasAction(orgId: number, actionId: number): Promise<boolean> {
    const rows = await this.database.query(
      `select from actions.actions a join catalog.action_pages p on p.id = a.action_page_id
        where a.id = $2 and p.org_id = $1`,
      [orgId, actionId],
    );
    return rows.length > 0;
  }
}
