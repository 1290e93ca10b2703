import type { EntityManager } from 'typeorm';
import type { OwnedSchema } from '../ownership/owned-schema';

export interface ParkedRow {
  id: string;
  queue: string;
  messageId: string;
  reason: string;
  details: unknown;
  headers: Record<string, unknown>;
  body: Buffer;
  parkedAt: Date;
}

/** Those with `after` < id <= `upTo`; null: any. */
export interface ParkedSelection {
  orgId: number | null;
  after: string;
  upTo: string;
  queues: readonly string[] | null;
  reason: string | null;
  ids: readonly string[] | null;
}

/**
 * Whether a message in a queue of the org is the org's: who was called so before may have left some of its own. `param` is a
 * bigint, null for any.
 */
export const isParkedFor = (param: string): string =>
  `(${param}::bigint is null or coalesce(headers->>'org_id', (${param}::bigint)::text) = (${param}::bigint)::text)`;

/** How many rows are taken at once, and how many bytes of bodies, one larger body aside. */
export interface ParkedChunk {
  rows: number;
  bytes: number;
}

/** Parked messages of one owner that a person has replayed or dropped. Methods take the manager of the caller's transaction. */
export class ParkedRows {
  constructor(private readonly schema: OwnedSchema) {}

  /**
   * Takes the first of the selected rows out, in the order of their ids; those somebody else has in hand are passed over. Before
   * they are published, not after: a reader that parks the same message again at once must find no row, or it would think it
   * parked already; so it waits for this transaction. Attempts noted so far go too, so that a message starts afresh.
   */
  take(
    manager: Pick<EntityManager, 'query'>,
    selection: ParkedSelection,
    { rows, bytes }: ParkedChunk,
  ): Promise<ParkedRow[]> {
    const { after, upTo, orgId, queues, reason, ids } = selection;
    return manager.query(
      `with chosen as (
         select id
           from (select id, sum(length(body)) over (order by id) - length(body) as bytes_before
                   from (select id, body from ${this.schema}.parked
                          where id > $1 and id <= $2 and ($3::text[] is null or queue = any($3))
                            and ($4::text is null or reason = $4) and ($5::bigint[] is null or id = any($5))
                            and ${isParkedFor('$8')}
                          order by id limit $6 for update skip locked) free) sized
          where bytes_before < $7),
       taken as (delete from ${this.schema}.parked p using chosen where p.id = chosen.id returning p.*),
       forgotten as (
         delete from ${this.schema}.attempts a using taken
          where a.queue = taken.queue and a.message_id = taken.message_id)
       select id::text as id, queue, message_id as "messageId", reason, details, headers, body, parked_at as "parkedAt"
         from taken order by taken.id`,
      [after, upTo, queues, reason, ids, rows, bytes, orgId],
    );
  }

  /** In the transaction that took them. */
  async putBack(manager: EntityManager, rows: readonly ParkedRow[]): Promise<void> {
    for (const { id, queue, messageId, reason, details, headers, body, parkedAt } of rows) {
      await manager.query(
        `insert into ${this.schema}.parked (id, queue, message_id, reason, details, headers, body, parked_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [id, queue, messageId, reason, jsonOf(details), JSON.stringify(headers), body, parkedAt],
      );
    }
  }
}

const jsonOf = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
