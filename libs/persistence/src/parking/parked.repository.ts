import type { Database } from '../database';
import type { OwnedSchema } from '../ownership/owned-schema';

export interface ParkedMessage {
  queue: string;
  messageId: string;
  reason: string;
  details?: Record<string, unknown>;
  body: Buffer;
  headers: Record<string, unknown>;
}

export interface AttemptCounts {
  group: number;
  alone: number;
}

/** Messages that could not be handled, kept until a person replays or drops them, and attempts noted before handling. */
export class ParkedRepository {
  constructor(
    private readonly database: Database,
    private readonly schema: OwnedSchema,
  ) {}

  /** Stores all rows in one statement. Parked again under the same queue and id it stays one row. */
  async park(rows: ParkedMessage[]): Promise<void> {
    if (rows.length === 0) return;
    await this.database.query(
      `insert into ${this.schema}.parked (queue, message_id, reason, details, headers, body)
       select * from unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::jsonb[], $6::bytea[])
       on conflict (queue, message_id) do nothing`,
      [
        rows.map((row) => storableText(row.queue)),
        rows.map((row) => storableText(row.messageId)),
        rows.map((row) => storableText(row.reason)),
        rows.map((row) => (row.details === undefined ? null : storableJson(row.details))),
        rows.map((row) => storableJson(row.headers)),
        rows.map((row) => row.body),
      ],
    );
  }

  /** Adds one attempt to each id and returns the counts after that. */
  async note(queue: string, ids: readonly string[], mode: 'group' | 'alone'): Promise<Map<string, AttemptCounts>> {
    const rows = await this.database.query<{ message_id: string; in_group: number; alone: number }>(
      `insert into ${this.schema}.attempts as a (queue, message_id, in_group, alone)
       select $1, id, $3, $4 from unnest($2::text[]) as id order by id
       on conflict (queue, message_id) do update
          set in_group = a.in_group + excluded.in_group, alone = a.alone + excluded.alone, noted_at = now()
       returning message_id, in_group, alone`,
      [queue, [...new Set(ids.map(storableText))], mode === 'group' ? 1 : 0, mode === 'alone' ? 1 : 0],
    );
    const counts = new Map(rows.map((row) => [row.message_id, { group: row.in_group, alone: row.alone }]));
    return new Map(ids.map((id) => [id, counts.get(storableText(id)) ?? { group: 0, alone: 0 }]));
  }

  async forget(queue: string, ids: readonly string[]): Promise<void> {
    await this.database.query(`delete from ${this.schema}.attempts where queue = $1 and message_id = any($2::text[])`, [
      queue,
      ids.map(storableText),
    ]);
  }
}

/** No text column takes a NUL; an id that holds one is kept with a mark in its place. */
const storableText = (text: string): string => Buffer.from(text.replaceAll('\u0000', '\uFFFD')).toString();

/**
 * jsonb has neither a NUL nor half a surrogate pair; in what is only shown to operators they may go. An escaped
 * backslash is stepped over, so that a text which spells such an escape stays as it is.
 */
export const storableJson = (value: unknown): string =>
  JSON.stringify(value).replace(/\\\\|\\u0000|\\ud[89a-f][0-9a-f]{2}/g, (escape) => (escape === '\\\\' ? escape : ''));
