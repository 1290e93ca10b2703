import type { Database } from '@groundswell/persistence';

/** A service of an org that is called with its pushes, and how those calls went. */
export interface PushEndpointRow {
  orgId: number;
  serviceId: number;
  name: string;
  host: string;
  isForActions: boolean;
  isForEvents: boolean;
  disabledAt: Date | null;
  disabledReason: string | null;
  /** While it rests. */
  restsUntil: Date | null;
  failingSince: Date | null;
  failuresInRow: number;
  lastSuccessAt: Date | null;
  lastFailureAt: Date | null;
  lastError: string | null;
  isSigning: boolean;
  /** While the previous secret signs too. */
  previousSecretUntil: Date | null;
}

export interface PushBacklogRow {
  orgId: number;
  kind: 'action' | 'event';
  waiting: number;
  failed: number;
  oldestAt: Date | null;
}

/** Endpoints of orgs as crm-forwarder calls them (processing.md §8.3, §8.4). Throws DatabaseAwayError. */
export class PushEndpointReadModel {
  constructor(private readonly database: Pick<Database, 'query'>) {}

  ofOrg(orgId: number): Promise<PushEndpointRow[]> {
    return this.database.query<PushEndpointRow>(
      `select o.id::int as "orgId", s.id::int as "serviceId", s.name, s.host,
              coalesce(s.id = o.push_backend_id, false) as "isForActions",
              coalesce(s.id = o.event_backend_id, false) as "isForEvents",
              e.disabled_at as "disabledAt", e.disabled_reason as "disabledReason",
              case when e.rests_until > now() then e.rests_until end as "restsUntil", e.failing_since as "failingSince",
              coalesce(e.failures_in_row, 0) as "failuresInRow", e.last_success_at as "lastSuccessAt",
              e.last_failure_at as "lastFailureAt", e.last_error as "lastError",
              s.signing_secret is not null as "isSigning",
              case when s.previous_secret_until > now() then s.previous_secret_until end as "previousSecretUntil"
         from catalog.orgs o
         join catalog.services s on s.org_id = o.id and s.id in (o.push_backend_id, o.event_backend_id)
         left join forwarder.endpoints e on e.service_id = s.id
        where o.id = $1 and s.name in ('webhook', 'sqs')
        order by s.id`,
      [orgId],
    );
  }

  /** By the kind of service they go to; a system event goes with the actions where the org pushes those. */
  backlogsOf(orgIds: readonly number[]): Promise<PushBacklogRow[]> {
    return this.database.query<PushBacklogRow>(
      `select p.org_id::int as "orgId", k.kind, sum(p.waiting)::int as waiting, sum(p.failed)::int as failed,
              min(p.oldest_at) as "oldestAt"
         from (select org_id, kind, count(*) filter (where state <> 'failed') as waiting,
                      count(*) filter (where state = 'failed') as failed,
                      min(taken_at) filter (where state <> 'failed') as oldest_at
                 from forwarder.pushes where org_id = any($1::bigint[]) and state in ('waiting', 'sending', 'failed')
                group by org_id, kind) p
         join catalog.orgs o on o.id = p.org_id
        cross join lateral (select case when p.kind <> 'system' then p.kind when o.push_backend_id is null then 'event'
                                        else 'action' end as kind) k
        group by p.org_id, k.kind`,
      [orgIds],
    );
  }
}
