import type { Database } from '@groundswell/persistence';

export interface MailoutRow {
  id: string;
  name: string;
  campaignId: number;
  template: string;
  actionType: string | null;
  area: string | null;
  language: string | null;
  since: Date | null;
  state: string;
  candidates: number;
  handedOver: number;
  leftOut: number;
  awaitingOptIn: number;
  mailingId: string | null;
  error: string | null;
  createdAt: Date;
  startedAt: Date | null;
  builtAt: Date | null;
  endedAt: Date | null;
}

export interface CountedState {
  state: string;
  reason: string | null;
  count: number;
}

const columns = `o.id::text as id, o.name, o.campaign_id::int as "campaignId", o.template, o.action_type as "actionType",
  o.area, o.language, o.since, o.state, o.candidates, o.handed_over as "handedOver", o.left_out as "leftOut",
  o.awaiting as "awaitingOptIn", m.id::text as "mailingId", m.error, o.created_at as "createdAt",
  o.started_at as "startedAt", o.built_at as "builtAt", o.ended_at as "endedAt"`;
const from = `from notify.mailouts o left join mail.mailings m on m.purpose = 'mailout:' || o.id`;

/** Mailouts as notify-service keeps them, and what email-delivery made of them. Throws DatabaseAwayError. */
export class MailoutReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** Newest first. */
  list(orgId: number, campaignId: number | null, after: string | null, limit: number): Promise<MailoutRow[]> {
    return this.database.query<MailoutRow>(
      `select ${columns} ${from}
        where o.org_id = $1 and ($2::bigint is null or o.campaign_id = $2) and ($3::bigint is null or o.id < $3)
        order by o.id desc limit $4`,
      [orgId, campaignId, after, limit],
    );
  }

  async find(orgId: number, name: string): Promise<MailoutRow | null> {
    const [row] = await this.database.query<MailoutRow>(
      `select ${columns} ${from} where o.org_id = $1 and o.name = $2`,
      [orgId, name],
    );
    return row ?? null;
  }

  peopleOf(mailoutId: string): Promise<CountedState[]> {
    return this.database.query<CountedState>(
      `select state, reason, count(*)::int as count from notify.mailout_people where mailout_id = $1
        group by state, reason order by state, reason nulls first`,
      [mailoutId],
    );
  }

  /** Of all its mailings but tests. */
  mailsOf(orgId: number, mailoutId: string): Promise<CountedState[]> {
    return this.database.query<CountedState>(
      `select d.state, d.error as reason, count(*)::int as count
         from mail.mailings m join mail.delivery_states d on d.mailing_id = m.id
        where m.org_id = $1 and (m.purpose = 'mailout:' || $2 or starts_with(m.purpose, 'mailout:' || $2 || ':opted-in:'))
        group by d.state, d.error order by d.state, d.error nulls first`,
      [orgId, mailoutId],
    );
  }
}
