import type { Client } from 'pg';
import type { OwnedSchema } from '@groundswell/persistence';
import type { ParkedFilter } from './parked-command';

export interface ListedRow {
  schema: OwnedSchema;
  id: string;
  queue: string;
  messageId: string;
  reason: string;
  parkedAt: Date;
  bytes: number;
}

export interface ParkedRow extends Omit<ListedRow, 'bytes'> {
  details: unknown;
  headers: Record<string, unknown>;
  body: Buffer;
}

const matches = `($1::text is null or queue = $1) and ($2::text is null or reason = $2)`;

/** The parked tables of all owners, as the database's owner sees them. */
export class ParkedRows {
  constructor(private readonly client: Client) {}

  /** The newest of all schemas together, and how many there are in all. */
  async list(
    schemas: readonly OwnedSchema[],
    { queue, reason }: ParkedFilter,
    limit: number,
  ): Promise<{ rows: ListedRow[]; total: number }> {
    const parts = schemas.map(
      (schema) => `select '${schema}' as schema, id, queue, message_id as "messageId", reason, parked_at as "parkedAt",
                          length(body) as bytes from ${schema}.parked where ${matches}`,
    );
    const { rows } = await this.client.query<ListedRow & { total: string }>(
      `select *, count(*) over () as total from (${parts.join(' union all ')}) as parked
        order by "parkedAt" desc, schema, id desc limit $3`,
      [queue ?? null, reason ?? null, limit],
    );
    return { rows, total: Number(rows[0]?.total ?? 0) };
  }

  async find(schema: OwnedSchema, id: string): Promise<ParkedRow | undefined> {
    const { rows } = await this.client.query<ParkedRow>(
      `select ${columns(schema)} from ${schema}.parked where id = $1`,
      [id],
    );
    return rows[0];
  }

  /** Oldest first. */
  async ids(schema: OwnedSchema, { queue, reason }: ParkedFilter): Promise<string[]> {
    const { rows } = await this.client.query<{ id: string }>(
      `select id from ${schema}.parked where ${matches} order by id`,
      [queue ?? null, reason ?? null],
    );
    return rows.map(({ id }) => id);
  }

  /** Takes the row out while `work` runs and for good once it is done; back it is when that throws. Before, not after: a
   *  reader that parks the same message again at once must find no row, or it would think it parked already. Attempts noted
   *  so far go too, so that the message starts afresh. False without such a row. */
  async take(schema: OwnedSchema, id: string, work: (row: ParkedRow) => Promise<void>): Promise<boolean> {
    await this.client.query('begin');
    try {
      const { rows } = await this.client.query<ParkedRow>(
        `delete from ${schema}.parked where id = $1 returning ${columns(schema)}`,
        [id],
      );
      const [row] = rows;
      if (row) {
        const key = [row.queue, row.messageId];
        await this.client.query(`delete from ${schema}.attempts where queue = $1 and message_id = $2`, key);
        await work(row);
      }
      await this.client.query('commit');
      return row !== undefined;
    } catch (error) {
      await this.client.query('rollback').catch(() => undefined);
      throw error;
    }
  }
}

const columns = (schema: OwnedSchema): string =>
  `'${schema}' as schema, id, queue, message_id as "messageId", reason, parked_at as "parkedAt", details, headers, body`;
