import { isStorableJson } from '@groundswell/domain';
import type { EntityManager } from 'typeorm';
import type { JobSchema } from './job-database';
import type { JobType } from './job-type';

export interface JobOrder<P> {
  payload: P;
  /** The same key of the same type is one job for ever, also after it is done and gone. */
  key?: string;
  /** Whose job it is; 0 (default): our own. Orgs take turns. */
  orgId?: number;
  /** Not before then; by the database's clock at once. */
  notBefore?: Date;
  /** Instead of the type's. */
  priority?: number;
  /** Who asked, for people to see. */
  createdBy?: string;
}

export interface AddedJob {
  id: number;
  /** False: it was there already, and is as it was. */
  isNew: boolean;
}

/** Adds jobs in the caller's transaction: they exist if and only if it commits. JobRunner.wake after that saves the poll. */
export class JobQueue {
  constructor(private readonly schema: JobSchema) {}

  async add<P>(manager: EntityManager, type: JobType<P>, order: JobOrder<P>): Promise<AddedJob> {
    const [added] = await this.addAll(manager, type, [order]);
    if (!added) throw new Error('no job was added');
    return added;
  }

  /** One statement; answers in the order given. Throws when a payload does not fit its type. */
  async addAll<P>(manager: EntityManager, type: JobType<P>, orders: readonly JobOrder<P>[]): Promise<AddedJob[]> {
    const rows: { n: number; id: number; isNew: boolean }[] = await manager.query(this.insertSql(), [
      type.name,
      type.attempts,
      orders.map(({ key }) => key ?? null),
      orders.map(({ orgId }) => orgId ?? 0),
      orders.map(({ payload }) => storable(type.payload.parse(payload))),
      orders.map(({ priority }) => priority ?? type.priority),
      orders.map(({ notBefore }) => notBefore?.toISOString() ?? null),
      orders.map(({ createdBy }) => createdBy ?? null),
    ]);
    const known = await this.knownIds(
      manager,
      type.name,
      rows.flatMap(({ n, isNew }) => (isNew ? [] : [orders[n - 1]?.key ?? ''])),
    );
    return rows.map(({ n, id, isNew }) => ({ isNew, id: isNew ? id : (known.get(orders[n - 1]?.key ?? '') ?? id) }));
  }

  /** Keys in order, so that two callers never wait for each other in a circle. */
  private insertSql(): string {
    return `
      with orders as (
        select o.*, nextval('${this.schema}.jobs_id_seq') as id
          from unnest($3::text[], $4::bigint[], $5::text[], $6::smallint[], $7::timestamptz[], $8::text[]) with ordinality
               as o (key, org_id, payload, priority, due_at, created_by, n)),
      known as (
        insert into ${this.schema}.job_keys (type, key, job_id)
        select $1, key, id from orders where key is not null order by key
        on conflict do nothing returning job_id),
      made as (
        insert into ${this.schema}.jobs (id, type, key, org_id, payload, priority, max_attempts, due_at, created_by)
        select id, $1, key, org_id, payload::jsonb, priority, $2,
               coalesce(due_at, date_trunc('milliseconds', now())), created_by
          from orders where key is null or id in (select job_id from known)
        returning id)
      select o.n, o.id, m.id is not null as "isNew" from orders o left join made m on m.id = o.id order by o.n`;
  }

  private async knownIds(manager: EntityManager, type: string, keys: string[]): Promise<Map<string, number>> {
    if (keys.length === 0) return new Map();
    const rows: { key: string; id: number }[] = await manager.query(
      `select key, job_id as id from ${this.schema}.job_keys where type = $1 and key = any($2::text[])`,
      [type, keys],
    );
    return new Map(rows.map(({ key, id }) => [key, id]));
  }
}

function storable(payload: unknown): string {
  const json = JSON.stringify(payload);
  if (!isStorableJson(json)) throw new Error('a job payload has text that Postgres does not take');
  return json;
}
