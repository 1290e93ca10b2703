import type { EntityManager } from 'typeorm';

export interface ContactKey {
  orgId: number;
  ref: Buffer;
}

/**
 * Counts of contacts and mailings from their mails. The counts are locked in one statement and counted in the next: whoever
 * stores a page in between has changed mails and waits to add to the counts, so nothing is counted twice or not at all.
 */
export class RecountRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Locks the next contacts in the order of their keys. */
  async lockContacts(after: ContactKey | null, limit: number): Promise<ContactKey[]> {
    return this.manager.query(
      `select org_id::int as "orgId", ref from mail.contact_seen
        where (org_id, ref) > ($1::bigint, $2::bytea) order by org_id, ref limit $3 for update`,
      [after?.orgId ?? -1, after?.ref ?? Buffer.alloc(0), limit],
    );
  }

  /** Contacts no mail of theirs knows any more go: erased, or past the time events are matched. What they wrote to targets says
   *  nothing of them. Returns how many were wrong or gone. */
  async recountContacts(keys: readonly ContactKey[]): Promise<{ corrected: number; removed: number }> {
    const rows: { corrected: number; removed: number }[] = await this.manager.query(
      `with counted as (
         select k.org_id, k.ref, c.mails, c.opened, c.known
           from unnest($1::bigint[], $2::bytea[]) as k (org_id, ref)
          cross join lateral (
            select count(*) as known, count(d.opened_at)::int as opened,
                   count(*) filter (where d.delivered_at is not null or d.opened_at is not null)::int as mails
              from mail.deliveries d
             where d.org_id = k.org_id and d.ref = k.ref and (d.custom_id like 'mtt:%') is not true) c
       ), corrected as (
         update mail.contact_seen s set mails = c.mails, opened = c.opened from counted c
          where s.org_id = c.org_id and s.ref = c.ref and c.known > 0 and (s.mails, s.opened) <> (c.mails, c.opened)
         returning 1
       ), removed as (
         delete from mail.contact_seen s using counted c
          where s.org_id = c.org_id and s.ref = c.ref and c.known = 0
         returning 1
       ) select (select count(*)::int from corrected) as corrected, (select count(*)::int from removed) as removed`,
      [keys.map(({ orgId }) => orgId), keys.map(({ ref }) => ref)],
    );
    return rows[0] ?? { corrected: 0, removed: 0 };
  }

  async mailingIds(after: number, limit: number): Promise<number[]> {
    const rows: { id: number }[] = await this.manager.query(
      `select id from mail.mailings where id > $1 order by id limit $2`,
      [after, limit],
    );
    return rows.map(({ id }) => id);
  }

  async lockMailing(id: number): Promise<void> {
    await this.manager.query('select from mail.mailings where id = $1 for no key update', [id]);
  }

  /** Returns whether its counts were wrong. */
  async recountMailing(id: number): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `with counted as (
         select count(delivered_at)::int as delivered, count(opened_at)::int as opened, count(clicked_at)::int as clicked,
                count(bounced_at)::int as failed
           from mail.deliveries where mailing_id = $1
       ), corrected as (
         update mail.mailings m
            set delivered_count = c.delivered, opened_count = c.opened, clicked_count = c.clicked, failed_count = c.failed
           from counted c
          where m.id = $1 and (m.delivered_count, m.opened_count, m.clicked_count, m.failed_count)
                              <> (c.delivered, c.opened, c.clicked, c.failed)
         returning 1
       ) select 1 from corrected`,
      [id],
    );
    return rows.length > 0;
  }
}
