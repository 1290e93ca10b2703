import type { EntityManager } from 'typeorm';
import type { CounterDeltaV1 } from '@groundswell/contracts';
import { int8Array, int4Array, textArray } from '@groundswell/persistence';
import type { Numbers } from './delta-order';

/** How far each partition's deltas are counted, and which wait for others. */
export class NumbersRepository {
  constructor(private readonly manager: EntityManager) {}

  async read(): Promise<{ applied: Numbers; given: Numbers; isWaiting: boolean }> {
    const rows: { partition: number; applied: number | null; given: number; isWaiting: boolean }[] =
      await this.manager.query(
        `select given.partition::int as partition, p.number as applied, given.number as given,
                exists (select from stats.pending_deltas) as "isWaiting"
           from actions.counter_numbers given left join stats.partitions p using (partition)`,
      );
    return {
      applied: new Map(rows.flatMap(({ partition, applied }) => (applied === null ? [] : [[partition, applied]]))),
      given: new Map(rows.map(({ partition, given }) => [partition, given])),
      isWaiting: rows[0]?.isWaiting ?? false,
    };
  }

  /** Those of partitions whose next delta has come, or is among them; what waits elsewhere waits on. */
  async pending(partitions: readonly number[]): Promise<CounterDeltaV1[]> {
    const rows: { body: CounterDeltaV1 }[] = await this.manager.query(
      `select body from stats.pending_deltas
        where partition in (select unnest($1::int[])
                            union
                            select p.partition from stats.partitions p
                              join stats.pending_deltas next
                                on next.partition = p.partition and next.number = p.number + 1)`,
      [int4Array(partitions)],
    );
    return rows.map(({ body }) => body);
  }

  /** Age of the delta that waits for the longest, ms; null when none does. */
  async longestWaitMs(): Promise<number | null> {
    const rows: { ms: number | null }[] = await this.manager.query(
      `select (extract(epoch from clock_timestamp() - min(received_at)) * 1000)::float8 as ms from stats.pending_deltas`,
    );
    return rows[0]?.ms ?? null;
  }

  async note(numbers: Numbers): Promise<void> {
    if (numbers.size === 0) return;
    await this.manager.query(
      `insert into stats.partitions (partition, number) select * from unnest($1::int[], $2::bigint[])
       on conflict (partition) do update set number = excluded.number`,
      [int4Array([...numbers.keys()]), int8Array([...numbers.values()])],
    );
  }

  async keep(deltas: readonly CounterDeltaV1[]): Promise<void> {
    if (deltas.length === 0) return;
    await this.manager.query(
      `insert into stats.pending_deltas (partition, number, body)
       select partition, number, body::jsonb from unnest($1::int[], $2::bigint[], $3::text[]) as d (partition, number, body)
       on conflict do nothing`,
      [...keysOf(deltas), textArray(deltas.map((delta) => JSON.stringify(delta)))],
    );
  }

  async release(deltas: readonly CounterDeltaV1[]): Promise<void> {
    if (deltas.length === 0) return;
    await this.manager.query(
      `delete from stats.pending_deltas p using unnest($1::int[], $2::bigint[]) as d (partition, number)
        where p.partition = d.partition and p.number = d.number`,
      keysOf(deltas),
    );
  }

  /** Whatever waits although it is counted, or can never be. */
  async releaseCounted(): Promise<void> {
    await this.manager.query(
      `delete from stats.pending_deltas d using stats.partitions p, actions.counter_numbers given
        where d.partition = p.partition and d.partition = given.partition
          and (d.number <= p.number or d.number > given.number)`,
    );
  }
}

const keysOf = (deltas: readonly CounterDeltaV1[]): [Buffer, Buffer] => [
  int4Array(deltas.map(({ partition }) => partition)),
  int8Array(deltas.map(({ number }) => number)),
];
