import { Database, type Service } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ApiError, InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { BatchedLookup } from '../catalogue-writing/batched-lookup';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { givenNames } from '../catalogue-writing/input-attributes';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { isWebhookProvider } from '../webhooks/webhook-senders';
import { WebhookSecrets } from '../webhooks/webhook-secrets';
import { readServiceInput, type ServiceInput } from './service-input';
import { storedServiceName, type ServiceName } from './service-name';
import { ServiceRepository } from './service.repository';

export interface SelectService {
  name?: ServiceName | null;
}

/** A service without its password, which is write-only. */
export type ServiceView = ReturnType<typeof viewService>;

/** Remote APIs of an org (graphql-api.md §5.7, §7.3). */
@Injectable()
export class ServiceService {
  private readonly services = new BatchedLookup<number, Service[]>((orgIds) => this.readServices(orgIds));

  constructor(
    private readonly database: Database,
    private readonly lookup: CatalogueLookup,
    private readonly writer: CatalogueWriter,
    private readonly access: AccessFinder,
    @Inject(CATALOGUE_SURROUNDINGS) private readonly surroundings: CatalogueSurroundings,
  ) {}

  async list(orgId: number, select: SelectService): Promise<ServiceView[]> {
    const services = (await this.services.get(orgId)) ?? [];
    const name = select.name && storedServiceName(select.name);
    return services.filter((service) => !name || service.name === name).map(viewService);
  }

  /** With an id that service, else the newest of the type, else a new one. */
  async upsert(caller: Viewer | null, orgName: string, id: number | null, input: ServiceInput): Promise<ServiceView> {
    const org = await this.lookup.org(orgName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), 'change_org_services');
    const { password, ...columns } = readServiceInput(input);
    const changes =
      password === undefined
        ? columns
        : { ...columns, password: password && this.surroundings.settings.envelope.seal(password) };
    return this.writer.write(viewer, async (manager, effects) => {
      const service = await save(new ServiceRepository(manager), org.id, id, input.name, changes);
      const attributes = givenNames(input);
      effects.audit('service', service.id, {
        operation: 'upsertService',
        orgId: org.id,
        name: service.name,
        attributes,
      });
      return viewService(service);
    });
  }

  /** Null for a service that reports nothing. Each caller is checked: other staff see the service, but not this. */
  async webhookUrl(caller: Viewer | null, { id, orgId, name, webhookGeneration }: ServiceView): Promise<string | null> {
    const provider = name.toLowerCase();
    if (!isWebhookProvider(provider)) return null;
    requireAnyOf(await this.access.toOrg(caller, orgId), 'change_org_services');
    const { envelope, publicUrl } = this.surroundings.settings;
    return `${publicUrl}/webhook/${provider}/${new WebhookSecrets(envelope).tokenOf({ id, webhookGeneration })}`;
  }

  async rotateWebhook(caller: Viewer | null, orgName: string, id: number): Promise<ServiceView> {
    const org = await this.lookup.org(orgName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), 'change_org_services');
    return this.writer.write(viewer, async (manager, effects) => {
      const service = await new ServiceRepository(manager).raiseWebhookGeneration(org.id, id);
      if (!service) throw new ApiError('not_found', `Cannot find service with ${id}`);
      effects.audit('service', id, { operation: 'rotateWebhook', orgId: org.id, name: service.name });
      return viewService(service);
    });
  }

  /** Its transactional mails count from now on. Twice is harmless. */
  async resetBudget(caller: Viewer | null, orgName: string): Promise<'SUCCESS'> {
    const org = await this.lookup.org(orgName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), 'change_org_services');
    await this.database.transaction(async (manager) => {
      await new ServiceRepository(manager).resetBudget(org.id);
      const changeset = { operation: 'resetTransactionalEmailBudget', orgId: org.id };
      await new AuditRepository(manager).insert(String(viewer.userId), [
        { resource: 'org', resourceId: String(org.id), changeset },
      ]);
    });
    return 'SUCCESS';
  }

  private async readServices(orgIds: number[]): Promise<Map<number, Service[]>> {
    const services = await this.database.run((manager: EntityManager) => new ServiceRepository(manager).ofOrgs(orgIds));
    const byOrg = new Map<number, Service[]>();
    for (const service of services) byOrg.set(service.orgId, [...(byOrg.get(service.orgId) ?? []), service]);
    return byOrg;
  }
}

async function save(
  services: ServiceRepository,
  orgId: number,
  id: number | null,
  name: ServiceName,
  changes: Partial<Service>,
): Promise<Service> {
  const known = id === null ? await services.findNewest(orgId, name) : await services.findOfOrg(orgId, id);
  if (!known && id !== null) throw new ApiError('not_found', `Cannot find service with ${id}`);
  if (known && known.name !== storedServiceName(name)) throw InputError.at(['name'], 'cannot be changed');
  return known
    ? services.update(known.id, changes)
    : services.insert({ ...changes, orgId, name: storedServiceName(name) });
}

const viewService = ({ password: _password, name, ...shown }: Service) => ({ ...shown, name: name.toUpperCase() });
