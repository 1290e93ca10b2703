import type { EntityManager } from 'typeorm';
import type { EndpointHealth } from './endpoint-health';

interface HealthRow extends EndpointHealth {
  now: Date;
  settingsVersion: string | null;
}

/** Rows of forwarder.endpoints: how calls to a service went. */
export class EndpointRepository {
  constructor(private readonly manager: EntityManager) {}

  /** The health until the transaction ends, and the database's time; null once the service is gone, or has other settings than
   *  those of `version`: what they led to says nothing of those it has now. What rested, or failed, with others did not with
   *  these. */
  async hold(serviceId: number, version: string): Promise<{ health: EndpointHealth; now: Date } | null> {
    await this.manager.query(
      `insert into forwarder.endpoints (service_id, org_id)
       select id, org_id from catalog.services where id = $1 on conflict (service_id) do nothing`,
      [serviceId],
    );
    const rows = await this.manager.query<HealthRow[]>(
      `select failures_in_row as "failuresInRow", rests_in_row as "restsInRow", rests_until as "restsUntil",
              failing_since as "failingSince", last_failure_at as "lastFailureAt", last_error as "lastError",
              disabled_at as "disabledAt", disabled_reason as "disabledReason", settings_version as "settingsVersion",
              clock_timestamp() as now
         from forwarder.endpoints
        where service_id = $1 and exists (select from catalog.services s where s.id = $1 and s.xmin::text = $2)
          for update`,
      [serviceId, version],
    );
    if (!rows[0]) return null;
    const { now, settingsVersion, ...health } = rows[0];
    const anew =
      settingsVersion === version ? {} : { failuresInRow: 0, restsInRow: 0, restsUntil: null, failingSince: null };
    return { health: { ...health, ...anew }, now };
  }

  async write(serviceId: number, version: string, health: EndpointHealth): Promise<void> {
    await this.manager.query(
      `update forwarder.endpoints
          set failures_in_row = $2, rests_in_row = $3, rests_until = $4, failing_since = $5, last_failure_at = $6,
              last_error = $7, disabled_at = $8, disabled_reason = $9, settings_version = $10
        where service_id = $1`,
      [
        serviceId,
        health.failuresInRow,
        health.restsInRow,
        health.restsUntil,
        health.failingSince,
        health.lastFailureAt,
        health.lastError,
        health.disabledAt,
        health.disabledReason,
        version,
      ],
    );
  }

  /** True for one caller among all replicas: it makes the one call after a rest, and has `forMs` for it. */
  async beginProbe(serviceId: number, forMs: number): Promise<boolean> {
    const rows = await this.manager.query<unknown[]>(
      `with begun as (
         update forwarder.endpoints set rests_until = now() + $2::float8 * interval '1 millisecond'
          where service_id = $1 and disabled_at is null and rests_in_row > 0
            and (rests_until is null or rests_until <= now())
         returning 1
       ) select 1 from begun`,
      [serviceId, forMs],
    );
    return rows.length > 0;
  }

  /** An org id of null: of any org. `unchanged` also for one that was never called. */
  async enable(orgId: number | null, serviceId: number): Promise<'changed' | 'unchanged' | 'not_found'> {
    const services = await this.manager.query<unknown[]>(
      `select 1 from catalog.services where id = $1 and ($2::bigint is null or org_id = $2)`,
      [serviceId, orgId],
    );
    if (services.length === 0) return 'not_found';
    const rows = await this.manager.query<unknown[]>(
      `with enabled as (
         update forwarder.endpoints
            set disabled_at = null, disabled_reason = null, failures_in_row = 0, rests_in_row = 0, rests_until = null,
                failing_since = null
          where service_id = $1 and disabled_at is not null
         returning 1
       ) select 1 from enabled`,
      [serviceId],
    );
    return rows.length > 0 ? 'changed' : 'unchanged';
  }

  /** Of services that are gone. */
  async forgetGone(): Promise<void> {
    await this.manager.query(
      `delete from forwarder.endpoints e where not exists (select from catalog.services s where s.id = e.service_id)`,
    );
  }
}
