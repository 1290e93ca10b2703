import type { Database } from '@groundswell/persistence';

export type MailState = 'queued' | 'sending' | 'sent' | 'failed' | 'unknown' | 'returned';
/** Ended without being sent, or nobody knows. */
export type WaitingState = 'failed' | 'unknown';

/** A mail as it stands: never whom it is for, nor what it says. */
export interface MailRow {
  id: string;
  purpose: string;
  kind: string;
  orgId: number;
  actionId: number | null;
  campaignId: number | null;
  pageId: number | null;
  mailingId: string | null;
  serviceId: number | null;
  template: string | null;
  locale: string | null;
  state: MailState;
  attempts: number;
  error: string | null;
  createdAt: Date;
  updatedAt: Date;
  nextAttemptAt: Date | null;
  sentAt: Date | null;
  deliveredAt: Date | null;
  openedAt: Date | null;
  clickedAt: Date | null;
  bouncedAt: Date | null;
}

export interface MailFailureRow {
  deliveryId: string;
  severity: 'temporary' | 'permanent';
  code: number;
  enhancedCode: string | null;
  message: string;
  failedAt: Date;
  attempts: number;
  isSuppressed: boolean;
  resolvedAt: Date | null;
}

export interface MailEventRow {
  deliveryId: string;
  type: string;
  severity: 'temporary' | 'permanent' | null;
  isMachine: boolean;
  errorCode: number | null;
  at: Date;
}

export interface WaitingMailsQuery {
  /** Null: of all orgs. */
  orgId: number | null;
  states: readonly WaitingState[];
  kind: string | null;
  /** Id of the last mail of the page before. */
  after: string | null;
  limit: number;
}

/** Events of one mail that are shown: an open is told again and again. */
export const mostEvents = 100;

export const mailColumns = `d.id::text as id, d.purpose, d.kind, d.org_id::int as "orgId", d.action_id::int as "actionId",
  d.campaign_id::int as "campaignId", d.page_id::int as "pageId", d.mailing_id::text as "mailingId",
  d.service_id::int as "serviceId", d.template, d.locale, d.state, d.attempts, d.error, d.created_at as "createdAt",
  d.updated_at as "updatedAt", case when d.state = 'queued' then d.next_attempt_at end as "nextAttemptAt",
  d.sent_at as "sentAt", d.delivered_at as "deliveredAt", d.opened_at as "openedAt", d.clicked_at as "clickedAt",
  d.bounced_at as "bouncedAt"`;

/** What became of mails, as email-delivery keeps it. Throws DatabaseAwayError. */
export class MailReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** Whether the action is on a page of the org, or in a campaign it leads. */
  async isActionOf(actionId: number, orgId: number): Promise<boolean> {
    const rows = await this.database.query(
      `select 1 from actions.actions a
         join catalog.action_pages p on p.id = a.action_page_id
         join catalog.campaigns g on g.id = p.campaign_id
        where a.id = $1 and (p.org_id = $2 or g.org_id = $2)`,
      [actionId, orgId],
    );
    return rows.length > 0;
  }

  /** Oldest first. */
  ofAction(actionId: number): Promise<MailRow[]> {
    return this.database.query<MailRow>(
      `select ${mailColumns} from mail.delivery_states d where d.action_id = $1 order by d.id`,
      [actionId],
    );
  }

  /** Newest first; each state by its own index. Recipients of mailings are listed with their mailing. */
  waiting({ orgId, states, kind, after, limit }: WaitingMailsQuery): Promise<MailRow[]> {
    const ofState = (state: WaitingState): string =>
      `(select * from mail.delivery_states
         where state = '${state}' and mailing_id is null and ${ofOrg(orgId, '$1')} and ($2::text is null or kind = $2)
           and ($3::bigint is null or id < $3)
         order by id desc limit $4)`;
    return this.database.query<MailRow>(
      `select ${mailColumns} from (${states.map(ofState).join(' union all ')}) d order by d.id desc limit $4`,
      [orgId, kind, after, limit],
    );
  }

  async countsOf(orgId: number | null): Promise<Record<WaitingState, number>> {
    const rows = await this.database.query<{ state: WaitingState; n: number }>(
      `select state, count(*)::int as n from mail.delivery_states
        where state in ('failed', 'unknown') and mailing_id is null and ${ofOrg(orgId, '$1')} group by state`,
      [orgId],
    );
    const countOf = (state: WaitingState): number => rows.find((row) => row.state === state)?.n ?? 0;
    return { failed: countOf('failed'), unknown: countOf('unknown') };
  }

  failuresOf(deliveryIds: readonly string[]): Promise<MailFailureRow[]> {
    return this.database.query<MailFailureRow>(
      `select delivery_id::text as "deliveryId", severity, code, enhanced_code as "enhancedCode", message,
              failed_at as "failedAt", attempts, is_suppressed as "isSuppressed", resolved_at as "resolvedAt"
         from mail.failures where delivery_id = any($1::bigint[])`,
      [deliveryIds],
    );
  }

  /** The first ones of each mail, oldest first. */
  eventsOf(deliveryIds: readonly string[]): Promise<MailEventRow[]> {
    return this.database.query<MailEventRow>(
      `select e.* from unnest($1::bigint[]) as d (id)
        cross join lateral (
          select delivery_id::text as "deliveryId", type, severity, is_machine as "isMachine", error_code as "errorCode", at
            from mail.events where delivery_id = d.id order by at, event_key limit $2) e`,
      [deliveryIds, mostEvents],
    );
  }
}

/** Written out, so that the planner sees which index to take. */
const ofOrg = (orgId: number | null, parameter: string): string =>
  orgId === null ? `${parameter}::bigint is null` : `org_id = ${parameter}::bigint`;
