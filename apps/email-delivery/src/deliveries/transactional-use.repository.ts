import type { EntityManager } from 'typeorm';

/** What an org may send through a transactional backend. */
export interface TransactionalUse {
  /** Accepted since the counter was reset, under way, or sent with nobody knowing whether it was accepted. */
  used: number;
  /** Null: without limit; then nothing is counted here. */
  budget: number | null;
}

/** Mails of a call under way, reserved for one, or which it may have taken: an event may have told so since. */
const usedSql = `
  u.used
  + (select count(*) from mail.deliveries d
      where d.org_id = u.org_id and d.service_id = u.service_id and d.route = 'transactional'
        and (d.state = 'sending' or (d.state = 'queued' and d.claimed_until > now())
             or (d.state = 'unknown' and d.updated_at >= u.since)
             or (d.state = 'sent' and d.sent_at >= u.since)))`;

/** Counts per org and transactional backend (email-and-mtt.md §1.2). What a provider accepted is added where the end of a mail
 *  is written, in the same statement; what is reserved is counted from the rows, so nothing has to be given back. */
export class TransactionalUseRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Until this transaction ends nobody else reserves mails of these orgs with a budget. */
  async hold(serviceId: number, orgIds: readonly number[]): Promise<Map<number, TransactionalUse>> {
    const [service]: { budget: number | null }[] = await this.manager.query(
      `select transactional_email_budget as budget from catalog.services where id = $1`,
      [serviceId],
    );
    const budget = service?.budget ?? null;
    if (budget === null) return new Map(orgIds.map((orgId) => [orgId, { used: 0, budget }]));
    await this.manager.query(
      `insert into mail.transactional_use as u (org_id, service_id, since, used)
       select o.org_id, $1, coalesce(r.reset_at, 'epoch'), 0
         from unnest($2::bigint[]) as o (org_id) left join catalog.transactional_budget_resets r using (org_id)
        order by o.org_id
       on conflict (org_id, service_id) do update
          set used = case when excluded.since > u.since then 0 else u.used end, since = greatest(u.since, excluded.since)`,
      [serviceId, orgIds],
    );
    // In a statement of its own, which sees what others wrote while this one waited.
    const rows: { orgId: number; used: number }[] = await this.manager.query(
      `select u.org_id::int as "orgId", (${usedSql})::int as used
         from mail.transactional_use u where u.service_id = $1 and u.org_id = any($2::bigint[])`,
      [serviceId, orgIds],
    );
    return new Map(rows.map(({ orgId, used }) => [orgId, { used, budget }]));
  }

  /** As it is just now. */
  async find(backends: readonly { orgId: number; serviceId: number }[]): Promise<Map<number, TransactionalUse>> {
    if (backends.length === 0) return new Map();
    const rows: { orgId: number; used: number; budget: number | null }[] = await this.manager.query(
      `select o.org_id::int as "orgId", s.transactional_email_budget as budget,
              case when u.org_id is null or r.reset_at > u.since then 0 else (${usedSql}) end::int as used
         from unnest($1::bigint[], $2::bigint[]) as o (org_id, service_id)
         join catalog.services s on s.id = o.service_id
         left join catalog.transactional_budget_resets r on r.org_id = o.org_id
         left join mail.transactional_use u on u.org_id = o.org_id and u.service_id = o.service_id
                                           and s.transactional_email_budget is not null`,
      [backends.map(({ orgId }) => orgId), backends.map(({ serviceId }) => serviceId)],
    );
    return new Map(rows.map(({ orgId, used, budget }) => [orgId, { used, budget }]));
  }
}
