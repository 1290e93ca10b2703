import { partitionCount } from '@groundswell/contracts';
import type { EntityManager } from 'typeorm';

export interface OpenPass {
  id: number;
  /** The pass before it; null for a first one. */
  follows: number | null;
  /** Stored by every partition, the last one at least the margin ago. */
  isThrough: boolean;
  isGivenUp: boolean;
}

/** Removal passes, by the database's clock. */
export class RemovalPassRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Replicas whose leases overlap decide one after the other. */
  async lock(): Promise<void> {
    await this.manager.query('lock table catalog.removal_passes in share row exclusive mode');
  }

  async findOpen(marginMs: number, givenUpAfterMs: number): Promise<OpenPass | null> {
    const rows: OpenPass[] = await this.manager.query(
      `select p.id, p.follows, m.partitions = $1 and m.last_at < now() - $2 * interval '1 ms' as "isThrough",
              p.begun_at < now() - $3 * interval '1 ms' as "isGivenUp"
         from catalog.removal_passes p
         cross join lateral (select count(*) as partitions, max(passed_at) as last_at
                               from actions.passed_marks where pass_id = p.id) m
        where p.ended_at is null order by p.id desc limit 1`,
      [partitionCount, marginMs, givenUpAfterMs],
    );
    return rows[0] ?? null;
  }

  /** Whether rows marked longer than `restMs` were not in a whole pair of passes yet. */
  async isWanted(restMs: number): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `select from (select deleted_at from catalog.orgs union all select deleted_at from catalog.campaigns
                    union all select deleted_at from catalog.action_pages) marked
        where deleted_at < (now() - $1 * interval '1 ms')::timestamptz(3)
          and deleted_at >= coalesce((select max(marked_before) from catalog.removal_passes
                                       where follows is not null and ended_at is not null), '-infinity') limit 1`,
      [restMs],
    );
    return rows.length > 0;
  }

  /** Whether the spool holds anything: what it holds would be published after the pass's commands. */
  async isSpoolWaiting(exchange: string): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      'select from catalog.outbox where lane = 0 and exchange = $1 limit 1',
      [exchange],
    );
    return rows.length > 0;
  }

  /** A first pass covers what is marked longer than `restMs`; one that follows covers the same. */
  async begin(restMs: number, follows: number | null): Promise<number> {
    const [row]: { id: number }[] = await this.manager.query(
      `insert into catalog.removal_passes (follows, marked_before)
       select $2::bigint, coalesce((select marked_before from catalog.removal_passes where id = $2::bigint),
                                   now() - $1 * interval '1 ms') returning id`,
      [restMs, follows],
    );
    if (!row) throw new Error('no pass was begun');
    return row.id;
  }

  async end(id: number): Promise<void> {
    await this.manager.query('update catalog.removal_passes set ended_at = now() where id = $1', [id]);
  }

  async forget(id: number): Promise<void> {
    await this.manager.query('delete from catalog.removal_passes where id = $1', [id]);
  }
}
