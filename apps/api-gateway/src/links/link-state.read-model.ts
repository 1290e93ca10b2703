import {
  actionStatusFromCode,
  emailStatusFromCode,
  supporterStatusFromCode,
  type ActionStatus,
  type EmailStatus,
  type SupporterStatus,
} from '@groundswell/domain';
import type { Database } from '@groundswell/persistence';
import type { SupporterLink } from './link-request';

/** The action a link names, and its supporter, as stored. */
export interface LinkState {
  pageId: number;
  supporterStatus: SupporterStatus;
  emailStatus: EmailStatus;
  actionStatus: ActionStatus;
}

export interface SeenLocation {
  location: string;
  /** Actions of the page that came from there, among those looked at. */
  actions: number;
}

/** Actions of one page looked at for where the page is, latest first: bounds the cost on pages without any location. */
const actionsLookedAt = 200;

/** What links need of what action-ingest stores. Throws DatabaseAwayError. */
export class LinkStateReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** Null when the action is not this supporter's, or there is none. A link may have been mailed under a former reference. */
  async find({ actionId, fingerprint }: SupporterLink): Promise<LinkState | null> {
    const [row] = await this.database.query<{
      pageId: number;
      supporterStatus: number;
      emailStatus: number;
      actionStatus: number;
    }>(
      `select a.action_page_id as "pageId", a.processing_status as "actionStatus",
              s.processing_status as "supporterStatus", s.email_status as "emailStatus"
         from actions.actions a join actions.supporters s on s.id = a.supporter_id
        where a.id = $1
          and s.fingerprint in ($2::bytea, (select l.new_ref from actions.reference_aliases l where l.old_ref = $2::bytea))`,
      [actionId, fingerprint],
    );
    if (!row) return null;
    return {
      pageId: row.pageId,
      supporterStatus: supporterStatusFromCode(row.supporterStatus),
      emailStatus: emailStatusFromCode(row.emailStatus),
      actionStatus: actionStatusFromCode(row.actionStatus),
    };
  }

  /** Where the page was when its latest action with a location was given; null when none of the latest had one. */
  async lastLocationOf(pageId: number): Promise<string | null> {
    const [row] = await this.database.query<{ location: string }>(
      `select so.location
         from (select id, source_id from actions.actions where action_page_id = $1 order by id desc limit $2) a
         join actions.sources so on so.id = a.source_id
        where so.location <> ''
        order by a.id desc limit 1`,
      [pageId, actionsLookedAt],
    );
    return row?.location ?? null;
  }

  /** Where each of these pages was for its latest actions. */
  async locationsOf(pageIds: number[]): Promise<Map<number, SeenLocation[]>> {
    const rows = await this.database.query<SeenLocation & { pageId: number }>(
      `select p.id as "pageId", so.location, count(*)::int as actions
         from unnest($1::bigint[]) as p (id)
         cross join lateral
           (select source_id from actions.actions where action_page_id = p.id order by id desc limit $2) a
         join actions.sources so on so.id = a.source_id
        where so.location <> ''
        group by p.id, so.location`,
      [pageIds, actionsLookedAt],
    );
    const byPage = new Map<number, SeenLocation[]>();
    for (const { pageId, location, actions } of rows) {
      const seen = byPage.get(pageId);
      if (seen) seen.push({ location, actions });
      else byPage.set(pageId, [{ location, actions }]);
    }
    return byPage;
  }
}
