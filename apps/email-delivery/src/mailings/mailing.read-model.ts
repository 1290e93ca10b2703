import type { EntityManager } from 'typeorm';
import type { BatchState, MailingState } from './mailing';

/** `collecting` its recipients, `preparing` its batches, `waiting` for its time or account, `sending`, and how it ended. */
export type MailingPhase =
  'collecting' | 'preparing' | 'waiting' | 'sending' | 'stopping' | 'submitted' | 'failed' | 'stopped';

export interface MailingProgress {
  id: number;
  purpose: string;
  orgId: number;
  campaignId: number | null;
  state: MailingState;
  phase: MailingPhase;
  error: string | null;
  /** Who is to get it; before it is prepared, how many have come. */
  total: number;
  /** Of these: with an end, whatever it is. */
  completed: number;
  sent: number;
  failed: number;
  unknown: number;
  excluded: number;
  delivered: number;
  opened: number;
  clicked: number;
  bounced: number;
  /** When the last will have got it, at the speed since this run began; null where nothing can be said. */
  eta: Date | null;
  createdAt: Date;
  preparedAt: Date | null;
  submittedAt: Date | null;
}

export interface BatchRow {
  id: number;
  number: number;
  state: BatchState;
  segment: string;
  recipients: number;
  attempts: number;
  notBefore: Date | null;
  errorStatus: number | null;
  error: string | null;
  createdAt: Date;
  submittedAt: Date | null;
}

type Stored = Omit<MailingProgress, 'phase' | 'eta'> & {
  isStopAsked: boolean;
  isSending: boolean;
  startedAt: Date | null;
  doneAtStart: number;
  lastNotBefore: Date | null;
};

/** What operators see of mailings. All of it comes from the rows, so it is the same on every replica and after a restart. */
export class MailingReadModel {
  constructor(
    private readonly manager: EntityManager,
    private readonly now: () => number = Date.now,
  ) {}

  async progress(id: number): Promise<MailingProgress | null> {
    const of = (state: string) =>
      `(select count(*)::int from mail.mailing_batches b join mail.deliveries d on d.batch_id = b.id
         where b.mailing_id = m.id and d.state = '${state}') as ${state}`;
    const rows: Stored[] = await this.manager.query(
      `select m.id::int as id, m.purpose, m.org_id::int as "orgId", m.campaign_id::int as "campaignId", m.state, m.error,
              case when m.prepared_at is null
                   then (select coalesce(sum(p.recipients), 0)::int from mail.mailing_parts p where p.mailing_id = m.id)
                   else m.recipient_count end as total,
              ${of('sent')}, ${of('failed')}, ${of('unknown')}, 0 as completed, m.excluded_count as excluded,
              m.delivered_count as delivered, m.opened_count as opened, m.clicked_count as clicked,
              m.failed_count as bounced, m.created_at as "createdAt", m.prepared_at as "preparedAt",
              m.submitted_at as "submittedAt", m.started_at as "startedAt", m.done_at_start as "doneAtStart",
              m.stop_asked_at is not null as "isStopAsked",
              exists (select from mail.mailing_batches b
                       where b.mailing_id = m.id and b.state = 'submitting' and b.claimed_until > now()) as "isSending",
              (select max(b.not_before) from mail.mailing_batches b
                where b.mailing_id = m.id and b.state = 'pending') as "lastNotBefore"
         from mail.mailings m where m.id = $1`,
      [id],
    );
    return rows[0] ? progressOf(rows[0], this.now()) : null;
  }

  /** By state, then the oldest first, as the debug screen lists them. */
  async batches(mailingId: number): Promise<BatchRow[]> {
    const rows: BatchRow[] = await this.manager.query(
      `select id::int as id, number, state, segment, recipient_count as recipients, attempts, not_before as "notBefore",
              error_status as "errorStatus", error_message as error, created_at as "createdAt",
              submitted_at as "submittedAt"
         from mail.mailing_batches where mailing_id = $1 order by state, created_at, number`,
      [mailingId],
    );
    return rows;
  }
}

function progressOf(stored: Stored, now: number): MailingProgress {
  const { isStopAsked: _stop, isSending: _sending, startedAt, doneAtStart, lastNotBefore, ...row } = stored;
  const completed = row.sent + row.failed + row.unknown;
  const isUnderWay = row.state === 'submitting' && startedAt !== null && completed > doneAtStart;
  const msPerMail = isUnderWay ? (now - +startedAt) / (completed - doneAtStart) : 0;
  const eta = isUnderWay ? Math.max(now + msPerMail * (row.total - completed), +(lastNotBefore ?? 0)) : null;
  return { ...row, completed, phase: phaseOf(stored), eta: eta === null ? null : new Date(eta) };
}

function phaseOf({ state, preparedAt, isStopAsked, isSending }: Stored): MailingPhase {
  switch (state) {
    case 'open':
      return 'collecting';
    case 'pending':
      return preparedAt === null ? 'preparing' : 'waiting';
    case 'submitting':
      if (isStopAsked) return 'stopping';
      return isSending ? 'sending' : 'waiting';
    default:
      return state;
  }
}
