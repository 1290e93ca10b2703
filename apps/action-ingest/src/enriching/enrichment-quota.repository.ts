import type { EntityManager } from 'typeorm';
import type { EnrichmentKind } from '@groundswell/domain';
import { preparedQuery } from '@groundswell/persistence';

interface Share {
  orgId: number;
  kind: EnrichmentKind;
}

/** What orgs may use in a calendar month (UTC), and what they did: characters, seconds or images. */
export class EnrichmentQuotaRepository {
  constructor(private readonly manager: EntityManager) {}

  /** Sets units aside in this month; a reason when there are not that many left. */
  async reserve({ orgId, kind }: Share, units: number): Promise<{ month: string } | { reason: string }> {
    const [row] = await preparedQuery<{ quota: number | null; month: string | null }>(
      this.manager,
      `with quota as (
         select monthly_units from actions.enrichment_quotas where org_id = $1::bigint and kind = $2::text),
       noted as (
         insert into actions.enrichment_usage as u (org_id, month, kind, reserved)
         select $1::bigint, date_trunc('month', now() at time zone 'UTC')::date, $2::text, $3::bigint
           from quota where monthly_units >= $3::bigint
         on conflict (org_id, month, kind) do update set reserved = u.reserved + excluded.reserved
          where u.used + u.reserved + excluded.reserved <= (select monthly_units from quota)
         returning month)
       select (select monthly_units from quota) as quota, (select month::text from noted) as month`,
      [orgId, kind, units],
    );
    if (row?.month) return { month: row.month };
    return { reason: row?.quota ? 'quota_exceeded' : 'not_allowed' };
  }

  /** What was set aside is free again, but for what was used. */
  async settle({ orgId, kind }: Share, month: string, reserved: number, used: number): Promise<void> {
    await preparedQuery(
      this.manager,
      `update actions.enrichment_usage set reserved = reserved - $4::bigint, used = used + $5::bigint
        where org_id = $1 and kind = $2 and month = $3::date`,
      [orgId, kind, month, reserved, used],
    );
  }

  /** False when it was so already. */
  async set({ orgId, kind }: Share, monthlyUnits: number): Promise<boolean> {
    const changed = await preparedQuery(
      this.manager,
      `insert into actions.enrichment_quotas as q (org_id, kind, monthly_units) values ($1, $2, $3)
       on conflict (org_id, kind) do update set monthly_units = excluded.monthly_units, updated_at = now()
        where q.monthly_units <> excluded.monthly_units
       returning org_id`,
      [orgId, kind, monthlyUnits],
    );
    return changed.length > 0;
  }
}
