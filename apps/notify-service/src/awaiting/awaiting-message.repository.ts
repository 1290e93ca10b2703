import type { EntityManager } from 'typeorm';
import { byteaArray, int8Array } from '@groundswell/persistence';

export type AwaitingEnd = 'released' | 'canceled' | 'dropped' | 'expired';

/** One message kept for somebody until they opt in. */
export interface AwaitingMessage {
  id: number;
  orgId: number;
  supporterId: number;
  mailoutId: number;
  campaignId: number;
  template: string;
  /** Of the mailout. */
  mailoutState: string;
  isExpired: boolean;
}

/** Messages kept for one person of an org at most: older ones are canceled. */
export const keptAtMost = 5;
export const expiryDays = 30;
/** Times somebody is asked to opt in, and how long after one another. */
export const askedAtMost = 3;
const askedEvery = '1 day';
const isDue = `r.asked < ${askedAtMost} and r.last_asked_at <= now() - interval '${askedEvery}'`;

export interface UnaskedPerson {
  orgId: number;
  ref: Buffer;
  supporterId: number;
}

/** Messages that await opt-in (background-jobs.md §5.1); ids only. */
export class AwaitingMessageRepository {
  constructor(private readonly manager: EntityManager) {}

  async keep(
    { id, orgId }: { id: number; orgId: number },
    people: readonly { ref: Buffer; supporterId: number }[],
  ): Promise<void> {
    if (people.length === 0) return;
    const refs = byteaArray(people.map(({ ref }) => ref));
    await this.manager.query(
      `insert into notify.awaiting_messages (org_id, mailout_id, ref, supporter_id)
       select $1, $2, p.ref, p.supporter_id from unnest($3::bytea[], $4::bigint[]) as p (ref, supporter_id)
       on conflict (mailout_id, ref) do nothing`,
      [orgId, id, refs, int8Array(people.map(({ supporterId }) => supporterId))],
    );
    const tooMany: { id: number }[] = await this.manager.query(
      `select id from (
         select id, row_number() over (partition by ref order by id desc) as place
           from notify.awaiting_messages where org_id = $1 and state = 'awaiting' and ref = any($2::bytea[])) as kept
        where place > ${keptAtMost}`,
      [orgId, refs],
    );
    await this.end(
      tooMany.map((row) => row.id),
      'canceled',
      'too many waiting',
    );
  }

  /** In the order in which they were kept. */
  page(after: number, limit: number): Promise<AwaitingMessage[]> {
    return this.manager.query(
      `select a.id, a.org_id as "orgId", a.supporter_id as "supporterId", a.mailout_id as "mailoutId",
              o.campaign_id as "campaignId", o.template, o.state as "mailoutState",
              a.kept_at < now() - interval '${expiryDays} days' as "isExpired"
         from notify.awaiting_messages a join notify.mailouts o on o.id = a.mailout_id
        where a.state = 'awaiting' and a.id > $1 order by a.id limit $2`,
      [after, limit],
    );
  }

  /** What a person awaited of a mailout is over: handed over, or left out for `reason`. What has ended stays as it is. */
  async end(ids: readonly number[], end: AwaitingEnd, reason: string | null): Promise<number[]> {
    if (ids.length === 0) return [];
    // Mailouts first, as who stops one does: else each would wait for the other.
    await this.manager.query(
      `select from notify.mailouts
        where id in (select mailout_id from notify.awaiting_messages where id = any($1::bigint[])) order by id for update`,
      [int8Array([...ids])],
    );
    const rows: { id: number }[] = await this.manager.query(
      `with ended as (
         update notify.awaiting_messages set state = $2, ended_at = now()
          where id = any($1::bigint[]) and state = 'awaiting' returning id, mailout_id, ref
       ), people as (
         update notify.mailout_people p
            set state = case when $2 = 'released' then 'handed_over' else 'left_out' end, reason = $3
           from ended where p.mailout_id = ended.mailout_id and p.ref = ended.ref
       ), counted as (
         update notify.mailouts o
            set awaiting = awaiting - c.n, handed_over = handed_over + case when $2 = 'released' then c.n else 0 end,
                left_out = left_out + case when $2 = 'released' then 0 else c.n end
           from (select mailout_id, count(*)::int as n from ended group by mailout_id) c where o.id = c.mailout_id
       ) select id from ended order by id`,
      [int8Array([...ids]), end, reason],
    );
    return rows.map(({ id }) => id);
  }

  /** What waited for somebody erased is over. */
  async endErased(erasuresOfDays: number): Promise<void> {
    const rows: { id: number }[] = await this.manager.query(
      `select a.id from notify.awaiting_messages a join catalog.erasures e on e.org_id = a.org_id and e.ref = a.ref
        where e.erased_at > now() - interval '${erasuresOfDays} days' and a.kept_at < e.erased_at and a.state = 'awaiting'`,
    );
    await this.end(
      rows.map(({ id }) => id),
      'dropped',
      'erased',
    );
  }

  /** Whether some of a mailout was released so lately that it may still wait to be sent. */
  async hasReleased(mailoutId: number): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `select 1 from notify.awaiting_messages
        where mailout_id = $1 and state = 'released' and ended_at > now() - interval '${expiryDays} days' limit 1`,
      [mailoutId],
    );
    return rows.length > 0;
  }

  async ofMailout(mailoutId: number): Promise<number[]> {
    const rows: { id: number }[] = await this.manager.query(
      `select id from notify.awaiting_messages where mailout_id = $1 and state = 'awaiting'`,
      [mailoutId],
    );
    return rows.map(({ id }) => id);
  }

  /** The last of the next messages that wait, at most `limit`. */
  async stepEnd(
    orgIds: readonly number[],
    after: number,
    limit: number,
  ): Promise<{ through: number; isMore: boolean }> {
    const rows: { last: number | null; n: number }[] = await this.manager.query(
      `select max(id) as last, count(*)::int as n
         from (select id from notify.awaiting_messages
                where state = 'awaiting' and org_id = any($1::bigint[]) and id > $2 order by id limit $3) page`,
      [int8Array([...orgIds]), after, limit],
    );
    return { through: rows[0]?.last ?? after, isMore: rows[0]?.n === limit };
  }

  /** For whom one of these messages waits, and who may be asked now; each counted as asked, by one of several who look at the same
   *  time. */
  async takeUnasked(
    orgIds: readonly number[],
    { after, through }: { after: number; through: number },
  ): Promise<UnaskedPerson[]> {
    return this.manager.query(
      `with due as (
         select distinct on (a.org_id, a.ref) a.org_id, a.ref, a.supporter_id
           from notify.awaiting_messages a
           join notify.mailouts o on o.id = a.mailout_id and o.state <> 'paused'
           left join notify.opt_in_requests r on r.org_id = a.org_id and r.ref = a.ref
          where a.state = 'awaiting' and a.org_id = any($1::bigint[]) and a.id > $2 and a.id <= $3
            and (r.asked is null or ${isDue})
          order by a.org_id, a.ref, a.id desc
       ), asked as (
         insert into notify.opt_in_requests as r (org_id, ref) select org_id, ref from due
         on conflict (org_id, ref) do update set asked = r.asked + 1, last_asked_at = now() where ${isDue}
         returning org_id, ref
       ) select org_id as "orgId", ref, supporter_id as "supporterId" from due join asked using (org_id, ref)`,
      [int8Array([...orgIds]), after, through],
    );
  }
}
