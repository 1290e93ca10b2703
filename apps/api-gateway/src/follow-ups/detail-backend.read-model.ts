import type { Database } from '@groundswell/persistence';

export interface DetailBackendRow {
  serviceId: number;
  waiting: number;
  oldestAt: Date | null;
  givenUp: number;
  failingSince: Date | null;
  restsUntil: Date | null;
  lastSuccessAt: Date | null;
  lastError: string | null;
}

/** Look-ups of details as action-ingest keeps them (processing.md §8.2). Throws DatabaseAwayError. */
export class DetailBackendReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  async ofOrg(orgId: number): Promise<DetailBackendRow | null> {
    const rows = await this.database.query<DetailBackendRow>(
      `select o.detail_backend_id::int as "serviceId", w.waiting, w."oldestAt", g."givenUp", b.failing_since as "failingSince",
              case when b.rests_until > now() then b.rests_until end as "restsUntil", b.last_success_at as "lastSuccessAt",
              b.last_error as "lastError"
         from catalog.orgs o
         left join actions.detail_backends b on b.org_id = o.id
        cross join lateral (
          select count(*)::int as waiting, min(inserted_at) as "oldestAt" from actions.detail_lookups
           where org_id = o.id and state = 'waiting') w
        cross join lateral (
          select count(*)::int as "givenUp" from actions.detail_lookups
           where org_id = o.id and state = 'given_up' and ended_at > now() - interval '30 days') g
        where o.id = $1 and o.detail_backend_id is not null`,
      [orgId],
    );
    return rows[0] ?? null;
  }
}
