import type { EntityManager } from 'typeorm';

export interface Tombstone {
  erasedAt: Date;
  /** Receipts whose callers were not answered in full, this call's last. */
  openReceipts: string[];
}

/** Tombstones: whom an org had erased, and when. What was accepted before is nowhere stored or sent again. */
export class TombstoneRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Sets it, or moves it on. `now`: of the process that accepts, whose clock may be ahead of the database's. */
  async set(orgId: number, ref: Buffer, receiptId: string, now: Date): Promise<Tombstone> {
    const [row]: Tombstone[] = await this.manager.query(
      `insert into catalog.erasures as e (org_id, ref, erased_at, open_receipts)
       values ($1, $2, greatest(now(), $4::timestamptz), array[$3::uuid])
       on conflict (org_id, ref) do update
          set erased_at = greatest(e.erased_at, excluded.erased_at), open_receipts = e.open_receipts || $3::uuid
       returning erased_at as "erasedAt", open_receipts as "openReceipts"`,
      [orgId, ref, receiptId, now],
    );
    if (!row) throw new Error('no tombstone written');
    return row;
  }

  /** They were told. */
  async close(orgId: number, ref: Buffer, receiptIds: string[]): Promise<void> {
    await this.manager.query(
      `update catalog.erasures set open_receipts = array(
         select id from unnest(open_receipts) with ordinality as open (id, place)
          where id <> all($3::uuid[]) order by place)
        where org_id = $1 and ref = $2`,
      [orgId, ref, receiptIds],
    );
  }
}
