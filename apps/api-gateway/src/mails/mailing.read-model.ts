import type { Database } from '@groundswell/persistence';
import { mailColumns, type MailRow } from './mail.read-model';

export type MailingState = 'open' | 'pending' | 'submitting' | 'submitted' | 'failed' | 'stopped';

export interface MailingRow {
  id: string;
  purpose: string;
  orgId: number;
  campaignId: number | null;
  state: MailingState;
  error: string | null;
  template: string | null;
  subject: string | null;
  createdAt: Date;
  preparedAt: Date | null;
  submittedAt: Date | null;
  candidates: number;
  excluded: number;
  recipients: number;
  delivered: number;
  opened: number;
  clicked: number;
  failed: number;
  isStopAsked: boolean;
  /** Some batch is on its way just now. */
  isSending: boolean;
}

export interface MailingBatchRow {
  mailingId: string;
  id: string;
  number: number;
  state: 'pending' | 'submitting' | 'submitted' | 'failed';
  providerId: string | null;
  recipientCount: number;
  attempts: number;
  errorStatus: number | null;
  errorMessage: string | null;
  errorDetails: unknown;
  notBefore: Date | null;
  createdAt: Date;
  submittedAt: Date | null;
}

export interface MailingProgressRow {
  mailingId: string;
  /** Who is to get it; before it is prepared, how many were announced. */
  total: number;
  /** Of these: with an end, whatever it is. */
  completed: number;
  /** Of the run under way: since when, and how many had an end before it. */
  startedAt: Date | null;
  doneAtStart: number;
  /** Until when the last of its batches waits. */
  lastNotBefore: Date | null;
  now: Date;
}

/** A page of one mailing's failures, as a key: those asked for together are read together. */
export const failuresKey = (mailingId: string, after: string | null, limit: number): string =>
  `${mailingId} ${after ?? '0'} ${limit}`;

const columns = `m.id::text as id, m.purpose, m.org_id::int as "orgId", m.campaign_id::int as "campaignId", m.state, m.error,
  m.template, m.subject, m.created_at as "createdAt", m.prepared_at as "preparedAt", m.submitted_at as "submittedAt",
  m.candidate_count as candidates, m.excluded_count as excluded, m.recipient_count as recipients,
  m.delivered_count as delivered, m.opened_count as opened, m.clicked_count as clicked, m.failed_count as failed,
  m.stop_asked_at is not null as "isStopAsked",
  exists (select from mail.mailing_batches b
           where b.mailing_id = m.id and b.state = 'submitting' and b.claimed_until > now()) as "isSending"`;

/** Mailings as email-delivery keeps them (email-events.md §9). Throws DatabaseAwayError. */
export class MailingReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** Newest first. */
  list(orgId: number, state: MailingState | null, after: string | null, limit: number): Promise<MailingRow[]> {
    return this.database.query<MailingRow>(
      `select ${columns} from mail.mailings m
        where m.org_id = $1 and ($2::text is null or m.state::text = $2) and ($3::bigint is null or m.id < $3)
        order by m.id desc limit $4`,
      [orgId, state, after, limit],
    );
  }

  async find(orgId: number, id: string): Promise<MailingRow | null> {
    const [row] = await this.database.query<MailingRow>(
      `select ${columns} from mail.mailings m where m.org_id = $1 and m.id = $2`,
      [orgId, id],
    );
    return row ?? null;
  }

  /** Under way only where it is `submitting`: before and after there is no pace to tell an end from. */
  progressOf(mailingIds: readonly string[]): Promise<MailingProgressRow[]> {
    return this.database.query<MailingProgressRow>(
      `select m.id::text as "mailingId", now() as now, m.done_at_start as "doneAtStart",
              case when m.prepared_at is null then coalesce(m.announced_recipients, m.candidate_count)
                   else m.recipient_count end as total,
              case when m.state = 'submitting' then m.started_at end as "startedAt",
              (select count(*)::int from mail.mailing_batches b join mail.delivery_states d on d.batch_id = b.id
                where b.mailing_id = m.id and d.state in ('sent', 'failed', 'unknown')) as completed,
              (select max(b.not_before) from mail.mailing_batches b
                where b.mailing_id = m.id and b.state = 'pending') as "lastNotBefore"
         from mail.mailings m where m.id = any($1::bigint[])`,
      [mailingIds],
    );
  }

  /** By state, newest first (email-events.md §4). */
  batchesOf(mailingIds: readonly string[]): Promise<MailingBatchRow[]> {
    return this.database.query<MailingBatchRow>(
      `select mailing_id::text as "mailingId", id::text as id, number, state, provider_id as "providerId",
              recipient_count as "recipientCount", attempts, error_status as "errorStatus", error_message as "errorMessage",
              error_details as "errorDetails", not_before as "notBefore", created_at as "createdAt",
              submitted_at as "submittedAt"
         from mail.mailing_batches where mailing_id = any($1::bigint[])
        order by state::text, created_at desc, id desc`,
      [mailingIds],
    );
  }

  /** Recipients who did not get it, of whom nobody knows, or whose provider told of a failure; in order of their rows. */
  failuresOf(keys: readonly string[]): Promise<(MailRow & { key: string })[]> {
    const parts = keys.map((key) => key.split(' '));
    return this.database.query<MailRow & { key: string }>(
      `select p.key, ${mailColumns}
         from unnest($1::text[], $2::bigint[], $3::bigint[], $4::int[]) as p (key, mailing_id, after, places)
        cross join lateral (
          select s.* from mail.delivery_states s
           where s.mailing_id = p.mailing_id and s.id > p.after
             and (s.state in ('failed', 'unknown') or exists (select from mail.failures f where f.delivery_id = s.id))
           order by s.id limit p.places) d
        order by d.id`,
      [keys, parts.map(([id]) => id), parts.map(([, after]) => after), parts.map(([, , limit]) => limit)],
    );
  }
}
