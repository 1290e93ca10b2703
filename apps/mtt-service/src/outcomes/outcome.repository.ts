import type { EntityManager } from 'typeorm';
import type { AddressRecord, MessageRecord } from '@groundswell/domain';
import { boolArray, int4Array, int8Array, textArray, timestamptzArray } from '@groundswell/persistence';

/** A message as outcomes find and leave it. */
export interface ToldMessage extends MessageRecord {
  messageId: number;
  campaignId: number;
  targetId: string;
  fingerprint: Buffer;
  testing: boolean;
  targetEmailId: number | null;
  askedAt: Date | null;
  softBounced: boolean;
  plannedOn: string | null;
}

export type ToldAddress = AddressRecord & { targetEmailId: number };

/** Messages and addresses that outcomes are about, in the caller's transaction. */
export class OutcomeRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Locked, in the order of their ids. */
  async lockMessages(messageIds: readonly number[]): Promise<ToldMessage[]> {
    return this.manager.query(
      `select message_id as "messageId", campaign_id::int as "campaignId", target_id as "targetId", fingerprint, testing,
              state, attempts, sent_at as "sentAt", delivered, opened, clicked, error, target_email_id as "targetEmailId", asked_at as "askedAt",
              soft_bounced as "softBounced", planned_on::text as "plannedOn"
         from mtt.message_states where message_id = any($1::bigint[]) order by message_id for update`,
      [int8Array(messageIds)],
    );
  }

  async saveMessages(messages: readonly ToldMessage[]): Promise<void> {
    if (messages.length === 0) return;
    await this.manager.query(
      `update mtt.message_states s
          set state = g.state, sent_at = g.sent_at, delivered = g.delivered, opened = g.opened, clicked = g.clicked,
              error = g.error, soft_bounced = g.soft_bounced, updated_at = now(),
              dupe_rank = case when g.state <> 'cancelled' then s.dupe_rank end,
              planned_on = case when g.state <> 'pending' then s.planned_on end
         from unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::bool[], $5::bool[], $6::bool[], $7::text[], $8::bool[])
              as g (id, state, sent_at, delivered, opened, clicked, error, soft_bounced)
        where s.message_id = g.id`,
      [
        int8Array(messages.map(({ messageId }) => messageId)),
        textArray(messages.map(({ state }) => state)),
        timestamptzArray(messages.map(({ sentAt }) => sentAt)),
        boolArray(messages.map(({ delivered }) => delivered)),
        boolArray(messages.map(({ opened }) => opened)),
        boolArray(messages.map(({ clicked }) => clicked)),
        textArray(messages.map(({ error }) => error)),
        boolArray(messages.map(({ softBounced }) => softBounced)),
      ],
    );
  }

  /** What was returned, and surely not sent, does not count for its day any more. */
  async giveDaysBack(messages: readonly { targetId: string; plannedOn: string }[]): Promise<void> {
    if (messages.length === 0) return;
    await this.manager.query(
      `with back as (select target_id, day, count(*)::int as n from unnest($1::uuid[], $2::date[]) as g (target_id, day)
                      group by target_id, day),
            locked as (select d.target_id, d.day, back.n from mtt.target_days d join back using (target_id, day)
                        order by d.target_id, d.day for update of d)
       update mtt.target_days d set planned = greatest(0, d.planned - locked.n) from locked
        where d.target_id = locked.target_id and d.day = locked.day`,
      [messages.map(({ targetId }) => targetId), messages.map(({ plannedOn }) => plannedOn)],
    );
  }

  /** Made where they are missing, locked in the order of their ids. */
  async lockAddresses(targetEmailIds: readonly number[]): Promise<ToldAddress[]> {
    if (targetEmailIds.length === 0) return [];
    const ids = int8Array([...new Set(targetEmailIds)].sort((a, b) => a - b));
    await this.manager.query(
      `insert into mtt.target_email_states (target_email_id) select unnest($1::bigint[]) on conflict do nothing`,
      [ids],
    );
    return this.manager.query(
      `select target_email_id as "targetEmailId", status, soft_bounce_count as "softBounces", error,
              bounced_at as "bouncedAt", accepted_at as "acceptedAt"
         from mtt.target_email_states where target_email_id = any($1::bigint[]) order by target_email_id for update`,
      [ids],
    );
  }

  async saveAddresses(addresses: readonly ToldAddress[]): Promise<void> {
    if (addresses.length === 0) return;
    await this.manager.query(
      `update mtt.target_email_states s
          set status = g.status, soft_bounce_count = g.soft, error = g.error, bounced_at = g.bounced_at,
              accepted_at = g.accepted_at, updated_at = now()
         from unnest($1::bigint[], $2::text[], $3::int[], $4::text[], $5::timestamptz[], $6::timestamptz[])
              as g (id, status, soft, error, bounced_at, accepted_at)
        where s.target_email_id = g.id`,
      [
        int8Array(addresses.map(({ targetEmailId }) => targetEmailId)),
        textArray(addresses.map(({ status }) => status)),
        int4Array(addresses.map(({ softBounces }) => softBounces)),
        textArray(addresses.map(({ error }) => error)),
        timestamptzArray(addresses.map(({ bouncedAt }) => bouncedAt)),
        timestamptzArray(addresses.map(({ acceptedAt }) => acceptedAt)),
      ],
    );
  }
}
