import type { EntityManager } from 'typeorm';
import { int8Array } from '@groundswell/persistence';
import type { ClaimedDelivery } from '../deliveries/delivery';
import { isMailoutIn } from './mailout-controls';
import type { BatchPage, BatchRetries, ClaimedBatch, TurnEnd } from './mailing';

export interface BatchClaim {
  orgIds: readonly number[];
  serviceId: number;
  /** Unique for this claim; its recipients' rows carry it too. */
  token: string;
  leaseMs: number;
}

/** What became of a batch's recipients so far. */
interface RecipientCounts {
  queued: number;
  sending: number;
  unknown: number;
}

interface LockedBatch {
  id: number;
  mailingId: number;
  attempts: number;
  recipients: number;
}

const isSendable = `b.state = 'pending' and (b.not_before is null or b.not_before <= now())`;
const isOpen = `m.state = 'submitting' and m.stop_asked_at is null and (m.not_after is null or m.not_after > now())
  and not ${isMailoutIn('m', 'paused', 'stopped')}`;
const smallestToSplit = 10;

const errorStatus = (error: string): number | null => Number(/^HTTP (\d{3})\b/.exec(error)?.[1] ?? NaN) || null;

/** The batches of mailings. A batch is `submitting` for one claim at a time. */
export class BatchRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Orgs with batches to send now. */
  async dueOrgs(): Promise<number[]> {
    const rows: { orgId: number }[] = await this.manager.query(
      `select distinct m.org_id::int as "orgId" from mail.mailings m
        where ${isOpen} and exists (select from mail.mailing_batches b where b.mailing_id = m.id and ${isSendable})`,
    );
    return rows.map(({ orgId }) => orgId);
  }

  /** The lock: whoever makes it `submitting` sends it. Mailings take turns, so that a small one need not wait for a large. */
  async claim({ orgIds, serviceId, token, leaseMs }: BatchClaim): Promise<ClaimedBatch | null> {
    const rows: (Omit<ClaimedBatch, 'content'> & ClaimedBatch['content'])[] = await this.manager.query(
      `with picked as (
         select b.id from mail.mailings m join mail.mailing_batches b on b.mailing_id = m.id
          where ${isOpen} and ${isSendable} and m.org_id = any($1::bigint[])
          order by b.number, b.id limit 1 for update of b skip locked
       ), claimed as (
         update mail.mailing_batches b
            set state = 'submitting', service_id = $2, claimed_by = $3,
                claimed_until = now() + $4 * interval '1 millisecond', updated_at = now()
           from picked where b.id = picked.id returning b.*
       )
       select b.id::int as id, b.mailing_id::int as "mailingId", m.purpose as mailing, b.number, m.org_id::int as "orgId",
              b.attempts, m.template, m.subject, m.html, m.text, m.track_opens as "trackOpens",
              m.track_clicks as "trackClicks",
              exists (select from mail.deliveries d where d.batch_id = b.id and d.state = 'sent') as "isStarted"
         from claimed b join mail.mailings m on m.id = b.mailing_id`,
      [orgIds, serviceId, token, leaseMs],
    );
    if (!rows[0]) return null;
    const { template, subject, html, text, trackOpens, trackClicks, ...batch } = rows[0];
    return { ...batch, content: { template, subject, html, text, trackOpens, trackClicks } };
  }

  /** Keeps the claim, and reserves the next recipients. Null: the batch is no longer this claim's. */
  async page(
    batchId: number,
    { token, leaseMs, after, limit }: { token: string; leaseMs: number; after: number; limit: number },
  ): Promise<BatchPage | null> {
    const held = await this.hold(batchId, token, leaseMs);
    if (!held) return null;
    const { isStopped } = held;
    if (isStopped) return { isStopped, rows: [] };
    const rows: ClaimedDelivery[] = await this.manager.query(
      `with picked as (
         select d.id from mail.deliveries d where d.batch_id = $1 and d.state = 'queued' and d.id > $4
          order by d.id limit $5 for update skip locked
       ), claimed as (
         update mail.deliveries d
            set service_id = b.service_id, claimed_by = $2, claimed_until = now() + $3 * interval '1 millisecond',
                updated_at = now()
           from picked, mail.mailing_batches b where d.id = picked.id and b.id = $1
         returning d.*
       )
       select id, purpose, kind, custom_id as "customId", org_id::int as "orgId", campaign_id::int as "campaignId",
              page_id::int as "pageId", action_id::int as "actionId", ref, accepted_at as "acceptedAt", template, locale,
              recipient, variables, not_before as "notBefore", not_after as "notAfter", attempts,
              address_hash as "addressHash", created_at as "createdAt"
         from claimed order by id`,
      [batchId, token, leaseMs, after, limit],
    );
    return { isStopped, rows };
  }

  /** Whether its mailing was stopped, or its mailout paused; null when the batch is no longer this claim's. With who of these may
   *  have no mailing any more, and why. */
  async hold(
    batchId: number,
    token: string,
    leaseMs: number,
    ids: readonly number[] = [],
  ): Promise<{ isStopped: boolean; unmailable: Map<number, string> } | null> {
    const rows: { isStopped: boolean; unmailable: { id: number; reason: string }[] }[] = await this.manager.query(
      `with held as (
         update mail.mailing_batches set claimed_until = now() + $3 * interval '1 millisecond', updated_at = now()
          where id = $1 and claimed_by = $2 and state = 'submitting' returning mailing_id
       ) select m.stop_asked_at is not null or coalesce(m.not_after < now(), false)
              or ${isMailoutIn('m', 'paused', 'stopped')} as "isStopped",
              (select coalesce(json_agg(json_build_object('id', u.id, 'reason', u.reason)) filter (where u.reason is not null), '[]')
                 from (select d.id, coalesce(
                                (select p.reason from actions.unmailable_people p where p.org_id = d.org_id and p.ref = d.ref),
                                (select 'no consent' from actions.unconsented_people p
                                  where p.org_id = d.org_id and p.campaign_id = d.campaign_id and p.ref = d.ref)) as reason
                         from mail.deliveries d where d.id = any($4::bigint[]) offset 0) u) as unmailable
           from held join mail.mailings m on m.id = held.mailing_id`,
      [batchId, token, leaseMs, int8Array([...ids])],
    );
    const [held] = rows;
    return held ? { ...held, unmailable: new Map(held.unmailable.map(({ id, reason }) => [id, reason])) } : null;
  }

  /** Ends a claim: what its recipients' rows say decides, `end` is about those who are still to get their mail. */
  async end(batchId: number, token: string, end: TurnEnd, retries: BatchRetries): Promise<void> {
    const batch = await this.lock(batchId, 'and b.claimed_by = $2', [token]);
    if (batch) await this.settle(batch, end, retries);
  }

  /** Batches whose process is gone, or whose calls have no known end. Returns their mailings. */
  async resolveOrphans(retries: BatchRetries): Promise<number[]> {
    const orphans: { id: number }[] = await this.manager.query(
      `select b.id::int as id from mail.mailing_batches b
        where b.state = 'submitting' and (b.claimed_until is null or b.claimed_until < now())
        order by b.id limit 100 for update skip locked`,
    );
    const mailings = new Set<number>();
    for (const { id } of orphans) {
      await this.manager.query(
        `update mail.deliveries set state = 'unknown', attempts = attempts + 1, claimed_until = null, updated_at = now(),
                error = 'the sender ended between call and result'
          where batch_id = $1 and state = 'sending' and claimed_until < now()`,
        [id],
      );
      const batch = await this.lock(id, '', []);
      if (batch) mailings.add(batch.mailingId);
      if (batch) await this.settle(batch, { kind: 'put back' }, retries);
    }
    return [...mailings];
  }

  /** The mailing's other batches would meet the same. */
  async failPending(mailingId: number, error: string): Promise<void> {
    await this.manager.query(
      `update mail.mailing_batches
          set state = 'failed', error_status = $3, error_message = $2, updated_at = now()
        where mailing_id = $1 and state = 'pending'`,
      [mailingId, error, errorStatus(error)],
    );
  }

  private async lock(batchId: number, condition: string, parameters: unknown[]): Promise<LockedBatch | null> {
    const rows: LockedBatch[] = await this.manager.query(
      `select b.id::int as id, b.mailing_id::int as "mailingId", b.attempts, b.recipient_count as recipients
         from mail.mailing_batches b where b.id = $1 and b.state = 'submitting' ${condition} for update`,
      [batchId, ...parameters],
    );
    return rows[0] ?? null;
  }

  private async countsOf(batchId: number): Promise<RecipientCounts> {
    const of = (state: string) => `count(*) filter (where state = '${state}')::int as ${state}`;
    const rows: RecipientCounts[] = await this.manager.query(
      `select ${of('queued')}, ${of('sending')}, ${of('unknown')} from mail.deliveries where batch_id = $1`,
      [batchId],
    );
    if (!rows[0]) throw new Error('a count gives one row');
    return rows[0];
  }

  private async settle(batch: LockedBatch, end: TurnEnd, { retries, firstMs }: BatchRetries): Promise<void> {
    const { queued, sending, unknown } = await this.countsOf(batch.id);
    const { id } = batch;
    const attempts = batch.attempts + 1;
    // A result that could not be written is no failure: its recipients become unknown, and then the batch is settled.
    if (sending > 0) return this.leave(id, `${sending} recipients without a result`, true);
    if (queued === 0 && unknown > 0) return this.leave(id, `${unknown} recipients could not be confirmed`, false);
    // Also when nobody was left to send to: each row says why, and to try again would change nothing.
    if (queued === 0) return this.submit(id);
    switch (end.kind) {
      case 'put back':
        return this.putBack(id, batch.attempts, 0, null);
      case 'failed':
        return this.fail(id, end.error, attempts);
      case 'postponed':
        await this.putBack(id, batch.attempts, end.delayMs, end.error);
        return this.split(batch, queued, end.delayMs);
      case 'retry':
        if (attempts > retries) return this.fail(id, end.error, attempts);
        return this.putBack(id, attempts, firstMs * 2 ** (attempts - 1), end.error);
    }
  }

  /** `isOpen`: to be looked at again, since calls are still being written. */
  private async leave(id: number, why: string, isOpen: boolean): Promise<void> {
    await this.manager.query(
      `update mail.mailing_batches set claimed_by = null, claimed_until = case when $3 then now() end, error_message = $2, updated_at = now()
        where id = $1 and (claimed_until is not null or error_message is distinct from $2)`,
      [id, why, isOpen],
    );
  }

  private async submit(id: number): Promise<void> {
    await this.manager.query(
      `update mail.mailing_batches
          set state = 'submitted', claimed_by = null, claimed_until = null, submitted_at = now(), updated_at = now(),
              error_status = null, error_message = null, error_details = null
        where id = $1`,
      [id],
    );
  }

  private async fail(id: number, error: string, attempts: number): Promise<void> {
    await this.manager.query(
      `update mail.mailing_batches
          set state = 'failed', claimed_by = null, claimed_until = null, updated_at = now(), attempts = $3,
              error_status = $4, error_message = $2
        where id = $1`,
      [id, error, attempts, errorStatus(error)],
    );
  }

  private async putBack(id: number, attempts: number, delayMs: number, error: string | null): Promise<void> {
    await this.manager.query(
      `update mail.mailing_batches
          set state = 'pending', claimed_by = null, claimed_until = null, updated_at = now(), attempts = $2,
              not_before = now() + $3 * interval '1 millisecond', error_message = $4
        where id = $1`,
      [id, attempts, delayMs, error],
    );
  }

  /** Half of those who are still to get their mail become a batch of their own, which waits twice as long. */
  private async split({ id, mailingId }: LockedBatch, queued: number, delayMs: number): Promise<void> {
    if (queued < smallestToSplit) return;
    await this.manager.query(`select from mail.mailings where id = $1 for update`, [mailingId]);
    await this.manager.query(
      `with moved as (
         select d.id from mail.deliveries d where d.batch_id = $1 and d.state = 'queued' order by d.id desc limit $2
       ), batch as (
         insert into mail.mailing_batches (mailing_id, number, segment, recipient_count, not_before)
         select b.mailing_id, (select max(c.number) + 1 from mail.mailing_batches c where c.mailing_id = b.mailing_id),
                b.segment, $2, now() + $3 * interval '1 millisecond'
           from mail.mailing_batches b where b.id = $1
         returning id
       ), placed as (
         update mail.deliveries d set batch_id = batch.id, claimed_by = null, claimed_until = null, updated_at = now()
           from moved, batch where d.id = moved.id
       ) update mail.mailing_batches set recipient_count = recipient_count - $2 where id = $1`,
      [id, Math.floor(queued / 2), delayMs * 2],
    );
  }
}
