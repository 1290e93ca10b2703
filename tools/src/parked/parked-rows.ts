import type { Client } from 'pg';
import {
  homeOf,
  homesAmong,
  ParkedRows as OwnersRows,
  type OwnedSchema,
  type ParkedRow as OwnersRow,
} from '@groundswell/persistence';
import type { EntityManager } from 'typeorm';
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

export interface ParkedRow extends OwnersRow {
  schema: OwnedSchema;
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

  /** Takes the row out as its owner does while `work` runs, and for good once it is done; back it is when that throws. False
   *  without such a row, or while somebody else has it in hand. */
  async take(schema: OwnedSchema, id: string, work: (row: ParkedRow) => Promise<void>): Promise<boolean> {
    const selection = { after: '0', upTo: id, orgId: null, queues: null, reason: null, ids: [id] };
    await this.client.query('begin');
    try {
      const [row] = await new OwnersRows(schema).take(this.manager, selection, { rows: 1, bytes: 1 });
      if (row) await work({ ...row, schema });
      await this.client.query('commit');
      return row !== undefined;
    } catch (error) {
      await this.client.query('rollback').catch(() => undefined);
      throw error;
    }
  }

  /** Throws where the queue is another org's by now; whether there is one at all the broker says. */
  async homeOf(row: ParkedRow): Promise<string> {
    const homes = await homesAmong(this.manager, [row]);
    const home = homeOf(row, homes);
    if ('queue' in home) return home.queue;
    if (homes.some(({ queue }) => queue === row.queue)) throw new Error(home.fault);
    return row.queue;
  }

  private get manager(): Pick<EntityManager, 'query'> {
    return {
      query: async <Rows>(text: string, values?: unknown[]) => (await this.client.query(text, values)).rows as Rows,
    };
  }
}

const columns = (schema: OwnedSchema): string =>
  `'${schema}' as schema, id, queue, message_id as "messageId", reason, parked_at as "parkedAt", details, headers, body`;
