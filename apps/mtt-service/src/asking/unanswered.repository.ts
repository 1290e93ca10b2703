import type { EntityManager } from 'typeorm';
import { int8Array } from '@groundswell/persistence';

export interface UnansweredMessage {
  messageId: number;
  campaignId: number;
  attempts: number;
  repeats: number;
  notAfter: Date;
  targetEmailId: number | null;
}

export interface AskingSettings {
  firstWaitMs: number;
  limit: number;
}

/** Messages that were handed over and of which nothing was told for long. */
export class UnansweredRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Own mail requests wait: email-delivery cannot have answered them, and would not be reached. */
  async isHeldUp(): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `select 1 from mtt.outbox where created_at < now() - interval '1 minute' limit 1`,
    );
    return rows.length > 0;
  }

  /** Locks up to `limit` whose wait is over; it doubles with each asking. */
  async lock(now: Date, { firstWaitMs }: AskingSettings, limit: number): Promise<UnansweredMessage[]> {
    return this.manager.query(
      `select message_id as "messageId", campaign_id as "campaignId", attempts, repeats, not_after as "notAfter",
              target_email_id as "targetEmailId"
         from mtt.message_states
        where state = 'sending' and asked_at < $1::timestamptz - $2 * power(2, least(repeats, 20)) * interval '1 millisecond'
        order by asked_at limit $3 for update skip locked`,
      [now, firstWaitMs, limit],
    );
  }

  /** `isAsked` false: its turn came, but there was nothing to ask with. */
  async markTurn(messageIds: readonly number[], now: Date, isAsked: boolean): Promise<void> {
    await this.manager.query(
      `update mtt.message_states
          set attempts = attempts + $3::int, repeats = repeats + 1, asked_at = $2, updated_at = now()
        where message_id = any($1::bigint[])`,
      [int8Array(messageIds), now, isAsked ? 1 : 0],
    );
  }

  async markUnknown(messageIds: readonly number[], error: string): Promise<void> {
    await this.manager.query(
      `update mtt.message_states set state = 'unknown', error = $2, updated_at = now() where message_id = any($1::bigint[])`,
      [int8Array(messageIds), error],
    );
  }
}
