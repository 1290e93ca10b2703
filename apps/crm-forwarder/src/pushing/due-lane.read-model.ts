import type { EntityManager } from 'typeorm';
import type { PushKind } from './push-backend';
import { backendIdOf } from './push.repository';

/** The service that a lane goes to, as it is stored now; its secrets sealed. */
export interface StoredEndpoint {
  serviceId: number;
  /** Owner of the service. */
  orgId: number;
  name: string;
  host: string;
  user: string;
  password: string;
  path: string | null;
  signingSecret: string | null;
  /** Null once it no longer signs. */
  previousSigningSecret: string | null;
  /** Another one after every change of the row. */
  version: string;
  isDisabled: boolean;
  disabledReason: string | null;
  /** With the settings it has now: a service that was changed is tried at once. */
  isResting: boolean;
  restsInRow: number;
}

/** The pushes of one kind of one org, the first of which is due. */
export interface DueLane {
  orgId: number;
  kind: PushKind;
  /** Null where the org has no service for this kind. */
  endpoint: StoredEndpoint | null;
}

type Row = Omit<StoredEndpoint, 'orgId' | 'serviceId'> & {
  orgId: number;
  kind: PushKind;
  serviceId: number | null;
  ownerId: number;
};

/** What is due, and where it goes by the settings of this moment. */
export class DueLaneReadModel {
  constructor(private readonly manager: EntityManager) {}

  /** One index probe per lane that waits, however long its backlog. An org that is gone has none. */
  async find(): Promise<DueLane[]> {
    const rows = await this.manager.query<Row[]>(
      `with recursive lanes as (
         (select org_id, kind, due_at from forwarder.pushes where state = 'waiting' order by org_id, kind, due_at limit 1)
         union all
         select next.* from lanes cross join lateral (
           select p.org_id, p.kind, p.due_at from forwarder.pushes p
            where p.state = 'waiting' and (p.org_id, p.kind) > (lanes.org_id, lanes.kind)
            order by p.org_id, p.kind, p.due_at limit 1) next
       )
       select l.org_id as "orgId", l.kind, s.id as "serviceId", s.org_id as "ownerId", s.name, s.host, s."user",
              s.password, s.path, s.signing_secret as "signingSecret",
              case when s.previous_secret_until > now() then s.previous_signing_secret end as "previousSigningSecret",
              s.xmin::text as version, e.disabled_at is not null as "isDisabled", e.disabled_reason as "disabledReason",
              coalesce(e.rests_until > now() and e.settings_version = s.xmin::text, false) as "isResting",
              case when e.settings_version = s.xmin::text then e.rests_in_row else 0 end as "restsInRow"
         from lanes l
         join catalog.orgs o on o.id = l.org_id
         left join catalog.services s on s.id = ${backendIdOf('l.kind')}
         left join forwarder.endpoints e on e.service_id = s.id
        where l.due_at <= now()
        order by l.org_id, l.kind`,
    );
    return rows.map(({ orgId, kind, serviceId, ownerId, ...stored }) => ({
      orgId,
      kind,
      endpoint: serviceId === null ? null : { ...stored, serviceId, orgId: ownerId },
    }));
  }
}
