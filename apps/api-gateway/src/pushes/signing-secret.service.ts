import { Inject, Injectable } from '@nestjs/common';
import { ApiError, InputError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { ServiceRepository } from '../services/service.repository';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { newSigningSecret } from './signing-secret';
import { SigningSecretRepository } from './signing-secret.repository';

export interface NewSigningSecret {
  serviceId: number;
  /** In clear: nobody is told again. */
  secret: string;
  previousSecretUntil: Date | null;
}

/** Secrets by which an org's endpoint knows that a push is ours (Standard Webhooks). */
@Injectable()
export class SigningSecretService {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly writer: CatalogueWriter,
    private readonly access: AccessFinder,
    @Inject(CATALOGUE_SURROUNDINGS) private readonly surroundings: CatalogueSurroundings,
  ) {}

  async rotate(caller: Viewer | null, orgName: string, id: number): Promise<NewSigningSecret> {
    const org = await this.lookup.org(orgName);
    const viewer = requireAnyOf(await this.access.toOrg(caller, org.id), 'change_org_services');
    const secret = newSigningSecret();
    return this.writer.write(viewer, async (manager, effects) => {
      const service = await new ServiceRepository(manager).findOfOrg(org.id, id);
      if (!service) throw new ApiError('not_found', `Cannot find service with ${id}`);
      if (service.name !== 'webhook') throw InputError.at(['id'], 'is not a webhook');
      const sealed = this.surroundings.settings.envelope.seal(secret);
      const replaced = await new SigningSecretRepository(manager).replace(id, sealed);
      effects.audit('service', id, { operation: 'rotateSigningSecret', orgId: org.id, name: service.name });
      return { serviceId: id, secret, ...replaced };
    });
  }
}
