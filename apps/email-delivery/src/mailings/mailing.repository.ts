import type { EntityManager } from 'typeorm';
import { isMailoutIn, mailoutChangedAt } from './mailout-controls';
import type { MailingState } from './mailing';

export interface MailingFacts {
  id: number;
  state: MailingState;
  isPrepared: boolean;
  isStopAsked: boolean;
  isTooLate: boolean;
}

export interface MailingUnderWay {
  id: number;
  orgId: number;
  campaignId: number | null;
  state: MailingState;
}

interface BatchCounts {
  pending: number;
  submitted: number;
  failed: number;
  /** Being sent, or to be looked at because their claim ran out. */
  inHand: number;
  unconfirmed: number;
}

const hasBatchInHand = `exists (select from mail.mailing_batches b where b.mailing_id = m.id
                                and b.state = 'submitting' and b.claimed_until > now())`;

/** Mailings from frozen to done. */
export class MailingRepository {
  constructor(private readonly manager: EntityManager) {}

  async lock(id: number): Promise<MailingFacts | null> {
    const rows: MailingFacts[] = await this.manager.query(
      `select id::int as id, state, prepared_at is not null as "isPrepared", stop_asked_at is not null as "isStopAsked",
              coalesce(not_after < now(), false) as "isTooLate"
         from mail.mailings where id = $1 for update`,
      [id],
    );
    return rows[0] ?? null;
  }

  /** Prepared mailings begin. Of two replicas one does it. */
  async begin(): Promise<void> {
    await this.manager.query(
      `update mail.mailings m set state = 'submitting', started_at = now(), updated_at = now(), error = null,
              done_at_start = (select count(*) from mail.deliveries d join mail.mailing_batches b on b.id = d.batch_id
                                where b.mailing_id = m.id and d.state in ('sent', 'failed', 'unknown'))
        where m.id in (select id from mail.mailings where state = 'pending' and prepared_at is not null for update skip locked)`,
    );
  }

  /** Fails what nothing happened to for too long, and what `orgIds` and `campaignIds`, which are gone, were to send. */
  async failStale(
    maxAgeMs: number,
    gone: { orgIds: readonly number[]; campaignIds: readonly number[] },
  ): Promise<string[]> {
    const rows: { purpose: string }[] = await this.manager.query(
      `with failed as (
         update mail.mailings m
            set state = 'failed', updated_at = now(),
                error = case when m.org_id = any($2::bigint[]) then 'the org is gone'
                             when m.campaign_id = any($3::bigint[]) then 'the campaign is gone'
                             else 'nothing was sent for too long' end
          where m.state in ('pending', 'submitting') and not ${hasBatchInHand} and not ${isMailoutIn('m', 'paused')}
            and (m.org_id = any($2::bigint[]) or m.campaign_id = any($3::bigint[])
                 or greatest(m.updated_at, ${mailoutChangedAt('m')}, (select max(greatest(b.updated_at, b.not_before)) from mail.mailing_batches b
                                             where b.mailing_id = m.id)) < now() - $1 * interval '1 millisecond')
         returning m.purpose
       ) select purpose from failed`,
      [maxAgeMs, gone.orgIds, gone.campaignIds],
    );
    return rows.map(({ purpose }) => purpose);
  }

  /** Those whose mailout was stopped and that do not know it yet. */
  async ofStoppedMailouts(): Promise<number[]> {
    const rows: { id: number }[] = await this.manager.query(
      `select m.id::int as id from mail.mailings m
        where m.state in ('open', 'pending', 'submitting', 'failed') and m.stop_asked_at is null
          and m.purpose like 'mailout:%' and ${isMailoutIn('m', 'stopped')} order by m.id`,
    );
    return rows.map(({ id }) => id);
  }

  /** To be sent, or being sent. */
  async underWay(): Promise<MailingUnderWay[]> {
    const rows: MailingUnderWay[] = await this.manager.query(
      `select id::int as id, org_id::int as "orgId", campaign_id::int as "campaignId", state from mail.mailings
        where state in ('pending', 'submitting')`,
    );
    return rows;
  }

  async batchCounts(id: number): Promise<BatchCounts> {
    const rows: BatchCounts[] = await this.manager.query(
      `select count(*) filter (where state = 'pending')::int as pending,
              count(*) filter (where state = 'submitted')::int as submitted,
              count(*) filter (where state = 'failed')::int as failed,
              count(*) filter (where state = 'submitting' and claimed_until is not null)::int as "inHand",
              count(*) filter (where state = 'submitting' and claimed_until is null)::int as unconfirmed
         from mail.mailing_batches where mailing_id = $1`,
      [id],
    );
    if (!rows[0]) throw new Error('a count gives one row');
    return rows[0];
  }

  async submit(id: number): Promise<void> {
    await this.manager.query(
      `update mail.mailings set state = 'submitted', submitted_at = now(), error = null, updated_at = now() where id = $1`,
      [id],
    );
  }

  async fail(id: number, error: string): Promise<void> {
    await this.manager.query(
      `update mail.mailings set state = 'failed', error = $2, updated_at = now()
        where id = $1 and (state <> 'failed' or error is distinct from $2)`,
      [id, error],
    );
  }

  /** Who has not got the mail will not get it, and nothing of them is kept. */
  async endUnsent(id: number, reason: string): Promise<void> {
    await this.manager.query(
      `update mail.deliveries set state = 'failed', error = $2, recipient = null, variables = null, custom_id = null,
              claimed_until = null, updated_at = now()
        where mailing_id = $1 and state = 'queued'`,
      [id, reason],
    );
    await this.manager.query(
      `update mail.mailing_batches set state = 'failed', error_message = $2, updated_at = now()
        where mailing_id = $1 and state = 'pending'`,
      [id, reason],
    );
  }

  /** Of recipients of unknown end nothing is kept to send again. */
  async stop(id: number): Promise<void> {
    await this.manager.query(
      `update mail.deliveries set recipient = null, variables = null, updated_at = now()
        where mailing_id = $1 and state = 'unknown' and recipient is not null`,
      [id],
    );
    await this.manager.query(
      `update mail.mailings set state = 'stopped', stop_asked_at = coalesce(stop_asked_at, now()), updated_at = now()
        where id = $1`,
      [id],
    );
  }

  async askStop(id: number): Promise<void> {
    await this.manager.query(
      `update mail.mailings set stop_asked_at = coalesce(stop_asked_at, now()), updated_at = now() where id = $1`,
      [id],
    );
  }

  /** Batches that failed are sent once more; the others stay as they are. */
  async retry(id: number): Promise<void> {
    await this.manager.query(
      `update mail.mailing_batches set state = 'pending', attempts = 0, not_before = null, error_status = null,
              error_message = null, error_details = null, updated_at = now()
        where mailing_id = $1 and state = 'failed'`,
      [id],
    );
    await this.manager.query(
      `update mail.mailings set state = 'pending', error = null, updated_at = now() where id = $1`,
      [id],
    );
  }
}
