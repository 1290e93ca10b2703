import { Service } from '@groundswell/persistence';
import { In, type EntityManager } from 'typeorm';
import { storedServiceName, type ServiceName } from './service-name';

/** Remote APIs the orgs own. */
export class ServiceRepository {
  constructor(private readonly manager: EntityManager) {}

  /** By id. */
  ofOrgs(orgIds: number[]): Promise<Service[]> {
    return this.manager.find(Service, { where: { orgId: In(orgIds) }, order: { id: 'ASC' } });
  }

  findOfOrg(orgId: number, id: number): Promise<Service | null> {
    return this.manager.findOne(Service, { where: { orgId, id } });
  }

  /** The one changed last, where an org has several of a type. */
  findNewest(orgId: number, name: ServiceName): Promise<Service | null> {
    return this.manager.findOne(Service, {
      where: { orgId, name: storedServiceName(name) },
      order: { updatedAt: 'DESC', id: 'DESC' },
    });
  }

  async insert(service: Partial<Service>): Promise<Service> {
    const inserted = await this.manager.insert(Service, service);
    return this.manager.findOneByOrFail(Service, { id: Number(inserted.identifiers[0]?.['id']) });
  }

  /** Null when the org has no such service. */
  async raiseWebhookGeneration(orgId: number, id: number): Promise<Service | null> {
    await this.manager.increment(Service, { orgId, id }, 'webhookGeneration', 1);
    return this.findOfOrg(orgId, id);
  }

  async resetBudget(orgId: number): Promise<void> {
    await this.manager.query(
      `insert into catalog.transactional_budget_resets (org_id, reset_at) values ($1, clock_timestamp())
       on conflict (org_id) do update set reset_at = excluded.reset_at`,
      [orgId],
    );
  }

  /** Also without changes the service counts as changed: it becomes the newest of its type. */
  async update(id: number, changes: Partial<Service>): Promise<Service> {
    await this.manager.update(Service, { id }, { ...changes, updatedAt: () => 'clock_timestamp()' });
    return this.manager.findOneByOrFail(Service, { id });
  }
}
