import {
  actionStatusFromCode,
  emailStatusFromCode,
  supporterStatusFromCode,
  type ActionStatus,
  type EmailStatus,
  type SupporterStatus,
} from '@groundswell/domain';
import type { Database } from '@groundswell/persistence';

/** An action that somebody decides about, and its supporter, as stored. */
export interface ModeratedAction {
  actionId: number;
  pageId: number;
  fingerprint: Buffer;
  actionStatus: ActionStatus;
  supporterStatus: SupporterStatus;
  emailStatus: EmailStatus;
  /** How often its code may still be used; null when it was never up for moderation. */
  charges: number | null;
}

interface Row {
  actionId: number;
  pageId: number;
  fingerprint: Buffer;
  actionStatus: number;
  supporterStatus: number;
  emailStatus: number;
  charges: number | null;
}

const columns = `a.id as "actionId", a.action_page_id as "pageId", a.processing_status as "actionStatus",
  s.fingerprint, s.processing_status as "supporterStatus", s.email_status as "emailStatus", c.charges`;

/** What moderation needs of what action-ingest stores. Throws DatabaseAwayError. */
export class ModeratedActionReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  async findByCode(code: string): Promise<ModeratedAction | null> {
    const rows = await this.database.query<Row>(
      `select ${columns}
         from actions.action_confirms c
         join actions.actions a on a.id = c.action_id
         join actions.supporters s on s.id = a.supporter_id
        where c.code = $1`,
      [code],
    );
    return toAction(rows);
  }

  /** Null too when the action is neither on a page of the org nor in a campaign it leads. */
  async findOfOrg(actionId: number, orgId: number): Promise<ModeratedAction | null> {
    const rows = await this.database.query<Row>(
      `select ${columns}
         from actions.actions a
         join actions.supporters s on s.id = a.supporter_id
         join catalog.action_pages p on p.id = a.action_page_id
         join catalog.campaigns g on g.id = p.campaign_id
         left join actions.action_confirms c on c.action_id = a.id
        where a.id = $1 and (p.org_id = $2 or g.org_id = $2)`,
      [actionId, orgId],
    );
    return toAction(rows);
  }
}

function toAction([row]: Row[]): ModeratedAction | null {
  if (!row) return null;
  return {
    ...row,
    actionStatus: actionStatusFromCode(row.actionStatus),
    supporterStatus: supporterStatusFromCode(row.supporterStatus),
    emailStatus: emailStatusFromCode(row.emailStatus),
  };
}
