import type { EntityManager } from 'typeorm';
import { roleOfMask } from '@groundswell/domain';

export interface EndpointOwners {
  org: { name: string; title: string };
  service: { name: string; host: string };
  owners: { userId: number; email: string }[];
}

/** Who is told of an endpoint: everyone who owns the org it belongs to. */
export class EndpointOwnersReadModel {
  constructor(private readonly manager: EntityManager) {}

  /** Null once the service or its org is gone. */
  async find(serviceId: number): Promise<EndpointOwners | null> {
    const found = await this.manager.query<
      { orgId: number; orgName: string; title: string; name: string; host: string }[]
    >(
      `select o.id as "orgId", o.name::text as "orgName", o.title, s.name, s.host
         from catalog.services s join catalog.orgs o on o.id = s.org_id where s.id = $1`,
      [serviceId],
    );
    const [service] = found;
    if (!service) return null;
    const staff = await this.manager.query<{ userId: number; email: string; perms: number }[]>(
      `select s.user_id as "userId", a.email::text as email, s.perms
         from catalog.staffers s join catalog.account_addresses a on a.id = s.user_id
        where s.org_id = $1 order by s.user_id`,
      [service.orgId],
    );
    return {
      org: { name: service.orgName, title: service.title },
      service: { name: service.name, host: service.host },
      owners: staff
        .filter(({ perms }) => roleOfMask(perms) === 'owner')
        .map(({ userId, email }) => ({ userId, email })),
    };
  }
}
