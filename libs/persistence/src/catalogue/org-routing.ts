import type { OrgRouting } from '@groundswell/contracts';
import type { Catalogue } from './catalogue';
import type { CatalogueOrg } from './catalogue-rows';

/** Which queues this org has, from its settings, its services and the campaigns it has pages in (processing.md §7.2). */
export function orgRouting(catalogue: Catalogue, org: CatalogueOrg, aliasByDefault: boolean): OrgRouting {
  const backend = (serviceId: number | null): 'sqs' | 'webhook' | null => {
    const name = serviceId === null ? undefined : catalogue.services.get(serviceId)?.name;
    return name === 'sqs' || name === 'webhook' ? name : null;
  };
  const moderates =
    org.customActionConfirm ||
    catalogue.pagesOfOrg(org.id).some((page) => catalogue.campaigns.get(page.campaignId)?.actionConfirm === true);
  return {
    id: org.id,
    name: org.name,
    customSupporterConfirm: org.customSupporterConfirm,
    moderates,
    customActionDeliver: org.customActionDeliver,
    customEventDeliver: org.customEventDeliver,
    pushBackend: backend(org.pushBackendId),
    eventBackend: backend(org.eventBackendId),
    alias: typeof org.config['queueAlias'] === 'boolean' ? org.config['queueAlias'] : aliasByDefault,
  };
}
