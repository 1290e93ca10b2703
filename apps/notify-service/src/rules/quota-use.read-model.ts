import type { EntityManager } from 'typeorm';

/** How much of a limit an org has used in the present period. */
export interface QuotaUse {
  orgId: number;
  resource: 'mail' | 'enrichment';
  /** Of enrichment. */
  kind: string | null;
  /** Names the period: a new one may fire again. */
  period: string;
  used: number;
  limit: number;
}

export class QuotaUseReadModel {
  constructor(private readonly manager: EntityManager) {}

  /** Mails through the transactional backend since its counter was last reset (email-and-mtt.md §1.2). */
  mail(orgIds: readonly number[]): Promise<QuotaUse[]> {
    return this.manager.query(
      `select o.id::int8 as "orgId", 'mail' as resource, null as kind,
              s.id || ':' || coalesce(extract(epoch from greatest(u.since, r.reset_at))::bigint, 0) as period,
              case when u.org_id is null or r.reset_at > u.since then 0 else u.used end::int8 as used,
              s.transactional_email_budget::int8 as "limit"
         from catalog.orgs o
         join catalog.services s on s.id = o.transactional_email_backend_id
         left join mail.transactional_use u on u.org_id = o.id and u.service_id = s.id
         left join catalog.transactional_budget_resets r on r.org_id = o.id
        where o.id = any($1::bigint[]) and s.transactional_email_budget is not null
        order by o.id`,
      [orgIds],
    );
  }

  /** Units of enrichment in this month (docs/enrichment.md). */
  enrichment(orgIds: readonly number[]): Promise<QuotaUse[]> {
    return this.manager.query(
      `select q.org_id::int8 as "orgId", 'enrichment' as resource, q.kind, u.month::text as period,
              u.used::int8 as used, q.monthly_units::int8 as "limit"
         from actions.enrichment_quotas q
         join actions.enrichment_usage u on u.org_id = q.org_id and u.kind = q.kind
                                        and u.month = date_trunc('month', now() at time zone 'UTC')::date
        where q.org_id = any($1::bigint[])
        order by q.org_id, q.kind`,
      [orgIds],
    );
  }
}
