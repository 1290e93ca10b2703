import type { EntityManager } from 'typeorm';
import type { MailWebhookV1 } from '@groundswell/contracts';
import type { MailEvent } from '../mail-event';
import { leftOutBody, leftOutProvider } from '../normalising/left-out-event';
import type { EventSource } from '../normalising/webhook-events';

export interface ClaimedWebhook {
  id: string;
  provider: EventSource;
  serviceId: number | null;
  /** Null once it was too old to be kept. */
  body: string | null;
  receivedAt: Date;
  /** This one included. */
  attempts: number;
}

export interface FailedWebhook {
  id: string;
  attempts: number;
  /** What of it is still to be applied. */
  body: string;
  error: string;
  /** Null: a person decides. */
  delayMs: number | null;
}

/** Rows of mail.webhooks. A row waits until it is applied; one that nobody tries again waits for ever (`infinity`). */
export class WebhookRepository {
  constructor(private readonly manager: EntityManager) {}

  async insertOnce(webhooks: readonly MailWebhookV1[]): Promise<void> {
    await this.manager.query(
      `insert into mail.webhooks (id, provider, service_id, body, received_at)
       select * from unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::timestamptz[])
       on conflict (id) do nothing`,
      [
        webhooks.map(({ id }) => id),
        webhooks.map(({ provider }) => provider),
        webhooks.map(({ serviceId }) => serviceId),
        webhooks.map(({ body }) => body),
        webhooks.map(({ receivedAt }) => receivedAt),
      ],
    );
  }

  /** One event that nobody tries again by itself. */
  async insertLeftOut(event: MailEvent, error: string): Promise<void> {
    await this.manager.query(
      `insert into mail.webhooks (id, provider, service_id, body, received_at, attempts, next_attempt_at, error)
       values (gen_random_uuid(), $1, $2, $3, now(), 1, 'infinity', $4)`,
      [leftOutProvider, event.serviceId, leftOutBody(event), error],
    );
  }

  /** Those that waited longest; what another replica is taking is left to it. They come back when the lease ends. */
  claim(limit: number, leaseMs: number): Promise<ClaimedWebhook[]> {
    return this.manager.query(
      `with due as (
         select id from mail.webhooks where applied_at is null and next_attempt_at <= now()
          order by next_attempt_at, id limit $1 for update skip locked
       ), claimed as (
         update mail.webhooks w
            set attempts = w.attempts + 1, next_attempt_at = now() + $2 * interval '1 millisecond'
           from due where w.id = due.id
         returning w.*
       )
       select id, provider, service_id::int as "serviceId", body, received_at as "receivedAt", attempts
         from claimed order by received_at, id`,
      [limit, leaseMs],
    );
  }

  /** What it held goes: it is personal. */
  async markApplied(ids: readonly string[]): Promise<void> {
    await this.manager.query(
      `update mail.webhooks set applied_at = clock_timestamp(), body = null, error = null
        where id = any($1::uuid[]) and applied_at is null`,
      [ids],
    );
  }

  /** Unless another has taken the row since. */
  async markFailed(failed: readonly FailedWebhook[]): Promise<void> {
    await this.manager.query(
      `update mail.webhooks w
          set body = f.body, error = f.error,
              next_attempt_at = case when f.delay_ms is null then 'infinity'
                                     else now() + f.delay_ms * interval '1 millisecond' end
         from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::float8[]) as f (id, attempts, body, error, delay_ms)
        where w.id = f.id and w.attempts = f.attempts and w.applied_at is null`,
      [
        failed.map(({ id }) => id),
        failed.map(({ attempts }) => attempts),
        failed.map(({ body }) => body),
        failed.map(({ error }) => error),
        failed.map(({ delayMs }) => delayMs),
      ],
    );
  }

  /** A fault of the surroundings counts against no row. */
  async giveBack(claimed: readonly ClaimedWebhook[], delayMs: number): Promise<void> {
    await this.manager.query(
      `update mail.webhooks w set attempts = w.attempts - 1, next_attempt_at = now() + $3 * interval '1 millisecond'
         from unnest($1::uuid[], $2::int[]) as c (id, attempts)
        where w.id = c.id and w.attempts = c.attempts and w.applied_at is null`,
      [claimed.map(({ id }) => id), claimed.map(({ attempts }) => attempts), delayMs],
    );
  }

  async countStuck(): Promise<number> {
    const rows: { n: number }[] = await this.manager.query(
      `select count(*)::int as n from mail.webhooks where applied_at is null and next_attempt_at = 'infinity'`,
    );
    return rows[0]?.n ?? 0;
  }

  /** Rows that were applied, and those of which nothing came in that time. */
  async removeOld(keepDays: number): Promise<void> {
    await this.manager.query(
      `delete from mail.webhooks where received_at < now() - $1 * interval '1 day'
          and (applied_at is not null or next_attempt_at = 'infinity')`,
      [keepDays],
    );
  }
}
