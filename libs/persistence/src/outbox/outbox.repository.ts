import type { EntityManager } from 'typeorm';
import { byteaArray, int8Array, textArray, timestamptzArray } from '../binary-array';
import type { OwnedSchema } from '../ownership/owned-schema';

/** A message to publish. `lane` is the recipient org's id, 0 for our own services; lanes never wait for each other. */
export interface OutboxMessage {
  messageId: string;
  lane: number;
  exchange: string;
  routingKey: string;
  type: string | null;
  headers: Record<string, string | number | boolean>;
  /** JSON text. */
  body: string;
  /** Whose personal data the body holds (contactRef as bytes), and when it was accepted. */
  subject?: { ref: Buffer; acceptedAt: Date } | null;
}

export interface OutboxRow extends OutboxMessage {
  id: number;
  attempts: number;
  /** The lane's org had the subject erased after it was accepted: never to be published. */
  isErased: boolean;
}

/**
 * How long a process keeps rows it took; past that another one may publish them again (same message id). Several times
 * what a publish (2 s) and its settling take, and no longer: it is how late messages are whose process was killed.
 */
export const claimMs = 15_000;

/** Rows of one owner's outbox. Every method takes the manager of the caller's transaction, or the pool's. */
export class OutboxRepository {
  constructor(private readonly schema: OwnedSchema) {}

  /**
   * Adds rows in the caller's transaction; a message id that waits already is not added again. One that was sent already
   * may be sent once more: readers drop repeats by it, and the caller's own transaction decides what is new.
   * `claimed` rows belong to this process for `claimMs`, so that it can publish them straight from memory after commit.
   * Returns the rows really added.
   */
  async insert(manager: EntityManager, messages: OutboxMessage[], claimed: boolean): Promise<OutboxRow[]> {
    if (messages.length === 0) return [];
    const inserted: { id: number; message_id: string }[] = await manager.query(
      `insert into ${this.schema}.outbox (message_id, lane, exchange, routing_key, type, headers, body, subject_ref, subject_at,
                                         claimed_until)
       select m.message_id, m.lane, m.exchange, m.routing_key, m.type, m.headers::json, m.body, m.subject_ref,
              m.subject_at, case when $10::boolean then now() + interval '${claimMs} milliseconds' end
         from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                     $8::bytea[], $9::timestamptz[])
              as m (message_id, lane, exchange, routing_key, type, headers, body, subject_ref, subject_at)
       on conflict (message_id) do nothing
       returning id, message_id`,
      [
        textArray(messages.map((m) => m.messageId)),
        int8Array(messages.map((m) => m.lane)),
        textArray(messages.map((m) => m.exchange)),
        textArray(messages.map((m) => m.routingKey)),
        textArray(messages.map((m) => m.type)),
        textArray(messages.map((m) => JSON.stringify(m.headers))),
        textArray(messages.map((m) => m.body)),
        byteaArray(messages.map((m) => m.subject?.ref ?? null)),
        timestamptzArray(messages.map((m) => m.subject?.acceptedAt ?? null)),
        claimed,
      ],
    );
    const byMessageId = new Map(messages.map((m) => [m.messageId, m]));
    return inserted.flatMap((row) => {
      const message = byMessageId.get(row.message_id);
      return message ? [{ ...message, id: row.id, attempts: 0, isErased: false }] : [];
    });
  }

  /** Lanes with at least one row nobody holds. One index probe per lane, however long the backlog. */
  async waitingLanes(manager: EntityManager): Promise<number[]> {
    const rows: { lane: number }[] = await manager.query(
      `with recursive lanes as (
         (select lane from ${this.schema}.outbox order by lane limit 1)
         union all
         select (select o.lane from ${this.schema}.outbox o where o.lane > lanes.lane order by o.lane limit 1)
           from lanes where lanes.lane is not null)
       select lane from lanes
        where lane is not null
          and exists (select from ${this.schema}.outbox o
                       where o.lane = lanes.lane and (o.claimed_until is null or o.claimed_until < now()))`,
    );
    return rows.map((row) => row.lane);
  }

  /** Takes up to `limit` free rows of a lane, oldest first, for `claimMs`; fewer where their bodies exceed `limitBytes`, but
   *  always one. */
  async claim(manager: EntityManager, lane: number, limit: number, limitBytes: number): Promise<OutboxRow[]> {
    const result: [OutboxRow[], number] | OutboxRow[] = await manager.query(
      `update ${this.schema}.outbox o set claimed_until = now() + interval '${claimMs} milliseconds'
         from (select id, sum(octet_length(body)) over (order by id) - octet_length(body) as bytes_before
                 from (select id, body from ${this.schema}.outbox
                        where lane = $1 and (claimed_until is null or claimed_until < now())
                        order by id limit $2 for update skip locked) free) sized
        where o.id = sized.id and sized.bytes_before < $3
       returning o.id, o.message_id as "messageId", o.lane, o.exchange, o.routing_key as "routingKey", o.type,
                 o.headers, o.body, o.attempts,
                 exists (select from catalog.erasures e
                          where e.org_id = o.lane and e.ref = o.subject_ref and e.erased_at > o.subject_at) as "isErased"`,
      [lane, limit, limitBytes],
    );
    const rows = Array.isArray(result[0]) ? result[0] : (result as OutboxRow[]);
    return rows.sort((a, b) => a.id - b.id);
  }

  /**
   * The broker has them (or nobody wants them): body and row go, the message id stays. The commit does not wait for the
   * disk: a settling that a crash forgets means the row is published once more, under the same id.
   */
  async settle(manager: EntityManager, ids: number[], outcome: 'sent' | 'unrouted' | 'erased'): Promise<void> {
    if (ids.length === 0) return;
    await manager.query(
      `with relaxed as materialized (select set_config('synchronous_commit', 'off', true)),
            gone as (delete from ${this.schema}.outbox where id = any($1::bigint[]) returning message_id, lane)
       insert into ${this.schema}.outbox_sent (message_id, lane, outcome)
       select message_id, lane, $2 from gone, relaxed on conflict do nothing`,
      [int8Array(ids), outcome],
    );
  }

  /** Notes message ids that nobody is meant to read, so that they are known without ever having been published. */
  async recordUnrouted(manager: EntityManager, messages: { messageId: string; lane: number }[]): Promise<void> {
    if (messages.length === 0) return;
    await manager.query(
      `insert into ${this.schema}.outbox_sent (message_id, lane, outcome)
       select message_id, lane, 'unrouted' from unnest($1::text[], $2::bigint[]) as m (message_id, lane)
       on conflict do nothing`,
      [textArray(messages.map((m) => m.messageId)), int8Array(messages.map((m) => m.lane))],
    );
  }

  /** Not published: free for the next try of any process. */
  async release(manager: EntityManager, ids: number[], reason: string): Promise<void> {
    if (ids.length === 0) return;
    await manager.query(
      `update ${this.schema}.outbox set claimed_until = null, attempts = attempts + 1, last_error = $2
        where id = any($1::bigint[])`,
      [ids, reason],
    );
  }

  /** Rows waiting per lane, for health and metrics. */
  async backlog(manager: EntityManager): Promise<{ lane: number; waiting: number; oldestAt: Date }[]> {
    return manager.query(
      `select lane, count(*)::int as waiting, min(created_at) as "oldestAt" from ${this.schema}.outbox group by lane`,
    );
  }
}
