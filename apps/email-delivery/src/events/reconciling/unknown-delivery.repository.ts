import type { EntityManager } from 'typeorm';
import { targetIdOnly } from '../../deliveries/delivery.repository';

/** A mail of which nobody knows whether it went, and when the call may have been made. */
export interface UnknownDelivery {
  id: number;
  serviceId: number;
  notBefore: Date;
  notAfter: Date;
}

export interface AcceptedMail {
  id: number;
  providerMessageId: string | null;
  at: Date;
}

export interface AskableLimits {
  /** Last changed before that long, so that the provider shows all it has. */
  settledMs: number;
  /** Called not longer ago than that: each provider keeps what it accepted at least so long. */
  keptMs: number;
  limit: number;
}

/** Rows of mail.deliveries that are `unknown`, of Mailgun accounts. */
export class UnknownDeliveryRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Those the provider can answer for. An account that was changed since may be another one. Batches have their own way. */
  findAskable({ settledMs, keptMs, limit }: AskableLimits): Promise<UnknownDelivery[]> {
    return this.manager.query<UnknownDelivery[]>(
      `select d.id::float8 as id, d.service_id::int as "serviceId", greatest(d.created_at, d.not_before) as "notBefore",
              d.updated_at as "notAfter"
         from mail.deliveries d join catalog.services s on s.id = d.service_id
        where d.state = 'unknown' and d.batch_id is null and s.name = 'mailgun' and s.updated_at < d.created_at
          and d.updated_at < now() - $1 * interval '1 millisecond'
          and greatest(d.created_at, d.not_before) > now() - $2 * interval '1 millisecond'
        order by d.id limit $3`,
      [settledMs, keptMs, limit],
    );
  }

  async markSent(rows: readonly UnknownDelivery[], accepted: readonly AcceptedMail[]): Promise<void> {
    await this.manager.query(
      `update mail.deliveries d
          set state = 'sent', sent_at = a.at, provider_message_id = coalesce(a.message_id, d.provider_message_id),
              error = null, recipient = null, variables = null, ${targetIdOnly}, claimed_until = null, updated_at = now()
         from unnest($1::bigint[], $2::timestamptz[]) as u (id, updated_at)
         join unnest($3::bigint[], $4::text[], $5::timestamptz[]) as a (id, message_id, at) on a.id = u.id
        where d.id = u.id and d.state = 'unknown' and d.updated_at = u.updated_at`,
      [
        rows.map(({ id }) => id),
        rows.map(({ notAfter }) => notAfter),
        accepted.map(({ id }) => id),
        accepted.map(({ providerMessageId }) => providerMessageId),
        accepted.map(({ at }) => at),
      ],
    );
  }

  /** Whoever held the row before can no longer write it. What holds nothing to send any more, since the person was erased, was
   *  certainly never sent, and that is its end. */
  async queueAgain(rows: readonly UnknownDelivery[]): Promise<void> {
    await this.manager.query(
      `update mail.deliveries d
          set state = case when d.recipient is null then 'failed' else 'queued' end,
              error = case when d.recipient is null then 'erased' else 'queued again: the provider never accepted it' end,
              next_attempt_at = now(), claimed_by = null, claimed_until = null, updated_at = now()
         from unnest($1::bigint[], $2::timestamptz[]) as u (id, updated_at)
        where d.id = u.id and d.state = 'unknown' and d.updated_at = u.updated_at`,
      [rows.map(({ id }) => id), rows.map(({ notAfter }) => notAfter)],
    );
  }
}
