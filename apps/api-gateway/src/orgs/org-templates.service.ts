import { Catalogue, type CatalogueOrg } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { BatchedLookup } from '../catalogue-writing/batched-lookup';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import { listingProviders } from '../catalogue-writing/remote-templates';

/** Templates an org may name: its own, and those of its provider, which are read anew each time (email-and-mtt.md §2.3). */
@Injectable()
export class OrgTemplatesService {
  private readonly remote = new BatchedLookup((serviceIds: number[]) => this.readNames(serviceIds));

  constructor(
    private readonly catalogue: Catalogue,
    @Inject(CATALOGUE_SURROUNDINGS) private readonly surroundings: CatalogueSurroundings,
  ) {}

  /** While the provider is away, those it had when it last answered, or none of it. */
  async namesOf({ id, emailBackendId }: CatalogueOrg): Promise<string[]> {
    const own = this.catalogue.templatesOfOrg(id).map(({ name, locale }) => `${name}@${locale}`);
    const backend = emailBackendId === null ? undefined : this.catalogue.services.get(emailBackendId);
    if (!backend || !listingProviders.has(backend.name)) return own;
    return [...own, ...((await this.remote.get(backend.id)) ?? [])];
  }

  private async readNames(serviceIds: number[]): Promise<Map<number, readonly string[]>> {
    const told = (await this.surroundings.providerTemplates?.(serviceIds)) ?? [];
    return new Map(told.map(({ serviceId, names }) => [serviceId, names ?? []]));
  }
}
