import type { EntityManager } from 'typeorm';
import type { OwnedSchema } from '../ownership/owned-schema';

/** Named leases with fencing numbers: who acts must check its number in the transaction it acts in (design.md §3). */
export class LeaseRepository {
  constructor(private readonly schema: OwnedSchema) {}

  /** The fencing number when `holder` has the lease for the next `ttlMs` by the database's clock, else null. */
  async acquire(manager: EntityManager, name: string, holder: string, ttlMs: number): Promise<number | null> {
    const rows: { fencing: number }[] = await manager.query(
      `insert into ${this.schema}.leases as l (name, holder, fencing, expires_at)
       values ($1, $2, 1, now() + $3 * interval '1 millisecond')
       on conflict (name) do update
          set fencing = case when l.holder = excluded.holder and l.expires_at > now() then l.fencing else l.fencing + 1 end,
              holder = excluded.holder,
              expires_at = excluded.expires_at
        where l.holder = excluded.holder or l.expires_at <= now()
       returning fencing`,
      [name, holder, ttlMs],
    );
    return rows[0]?.fencing ?? null;
  }

  /** Locks the lease row for this transaction; false when the number is no longer the newest or has run out. */
  async holds(manager: EntityManager, name: string, fencing: number): Promise<boolean> {
    const rows: unknown[] = await manager.query(
      `select 1 from ${this.schema}.leases where name = $1 and fencing = $2 and expires_at > now() for share`,
      [name, fencing],
    );
    return rows.length === 1;
  }

  async release(manager: EntityManager, name: string, holder: string): Promise<void> {
    // Stored in whole milliseconds, which may round up.
    await manager.query(
      `update ${this.schema}.leases set expires_at = now() - interval '1 millisecond' where name = $1 and holder = $2`,
      [name, holder],
    );
  }
}
