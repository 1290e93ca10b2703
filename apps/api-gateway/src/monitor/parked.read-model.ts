import { isParkedFor, type Database, type OwnedSchema, type ParkedRow } from '@groundswell/persistence';

export interface ParkedFilter {
  orgId: number | null;
  /** Null: of any. */
  queues: readonly string[] | null;
  reason: string | null;
}

export interface ListedParkedRow {
  id: string;
  queue: string;
  messageId: string;
  reason: string;
  parkedAt: Date;
  bytes: number;
}

/** Parked messages of one owner. Throws DatabaseAwayError. */
export class ParkedReadModel {
  constructor(
    private readonly database: Pick<Database, 'query'>,
    private readonly schema: OwnedSchema,
  ) {}

  /** Newest first, those with a smaller id than `before`; never what they say. */
  list({ orgId, queues, reason }: ParkedFilter, before: string | null, limit: number): Promise<ListedParkedRow[]> {
    return this.database.query<ListedParkedRow>(
      `select id::text as id, queue, message_id as "messageId", reason, parked_at as "parkedAt", length(body) as bytes
         from ${this.schema}.parked
        where ($1::text[] is null or queue = any($1)) and ($2::text is null or reason = $2)
          and ($3::bigint is null or id < $3) and ${isParkedFor('$5')}
        order by parked.id desc limit $4`,
      [queues, reason, before, limit, orgId],
    );
  }

  async find(id: string, orgId: number | null): Promise<ParkedRow | null> {
    const [row] = await this.database.query<ParkedRow>(
      `select id::text as id, queue, message_id as "messageId", reason, details, headers, body, parked_at as "parkedAt"
         from ${this.schema}.parked where id = $1 and ${isParkedFor('$2')}`,
      [id, orgId],
    );
    return row ?? null;
  }

  /** Null without any. */
  async newestId(): Promise<string | null> {
    const [row] = await this.database.query<{ id: string | null }>(
      `select max(id)::text as id from ${this.schema}.parked`,
    );
    return row?.id ?? null;
  }
}
