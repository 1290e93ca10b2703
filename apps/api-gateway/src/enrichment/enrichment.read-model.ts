import type { EnrichmentKind } from '@groundswell/domain';
import type { Database } from '@groundswell/persistence';

export interface EnrichmentRow {
  id: string;
  kind: EnrichmentKind;
  field: string;
  status: string;
  reason: string | null;
  detail: string | null;
  result: Record<string, unknown> | null;
  units: number | null;
  attempts: number;
  requestedAt: Date;
  submittedAt: Date | null;
  completedAt: Date | null;
}

export interface EnrichmentUsageRow {
  kind: EnrichmentKind;
  quota: number;
  used: number;
  reserved: number;
}

/** What action-ingest keeps of enrichments. Throws DatabaseAwayError. */
export class EnrichmentReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  /** Whether the action is on a page of the org, or in a campaign that it leads. */
  async isOfOrg(actionId: number, orgId: number): Promise<boolean> {
    const rows = await this.database.query(
      `select from actions.actions a
         join catalog.action_pages p on p.id = a.action_page_id
         join catalog.campaigns g on g.id = p.campaign_id
        where a.id = $1 and (p.org_id = $2 or g.org_id = $2)`,
      [actionId, orgId],
    );
    return rows.length > 0;
  }

  ofAction(actionId: number): Promise<EnrichmentRow[]> {
    return this.database.query<EnrichmentRow>(
      `select id::text, kind, field, status, reason, detail, result, units::int, attempts, requested_at as "requestedAt",
              submitted_at as "submittedAt", completed_at as "completedAt"
         from actions.enrichments where action_id = $1 order by id`,
      [actionId],
    );
  }

  /** `month`: its first day; null: this one. */
  usageOf(orgId: number, kinds: readonly EnrichmentKind[], month: string | null): Promise<EnrichmentUsageRow[]> {
    return this.database.query<EnrichmentUsageRow>(
      `select k.kind, least(coalesce(q.monthly_units, 0), 2147483647)::int as quota,
              least(coalesce(u.used, 0), 2147483647)::int as used,
              least(coalesce(u.reserved, 0), 2147483647)::int as reserved
         from unnest($2::text[]) with ordinality as k (kind, place)
         left join actions.enrichment_quotas q on q.org_id = $1 and q.kind = k.kind
         left join actions.enrichment_usage u on u.org_id = $1 and u.kind = k.kind
                   and u.month = coalesce($3::date, date_trunc('month', now() at time zone 'UTC')::date)
        order by k.place`,
      [orgId, kinds, month],
    );
  }
}
