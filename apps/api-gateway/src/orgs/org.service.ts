import { roleMask } from '@groundswell/domain';
import { Catalogue, type CatalogueOrg, type Org } from '@groundswell/persistence';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { InputError } from '../api/api-error';
import type { Access, Viewer } from '../auth/access';
import { CATALOGUE_SURROUNDINGS, type CatalogueSurroundings } from '../catalogue-writing/catalogue-settings';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { ConfirmationSettingsReadModel } from '../catalogue-writing/confirmation-settings.read-model';
import { givenNames } from '../catalogue-writing/input-attributes';
import { refuseProblems, refuseUnfinishable } from '../catalogue-writing/refuse-unfinishable';
import type { RemoteTemplates } from '../catalogue-writing/remote-templates';
import { requireStillThere } from '../catalogue-writing/still-there';
import { TemplateCheck } from '../catalogue-writing/template-check';
import type { WriteEffects } from '../catalogue-writing/write-effects';
import { refuseHighSecurityMtt } from '../mtt/high-security';
import { ServiceRepository } from '../services/service.repository';
import { emitSystemEvent } from '../system-events/system-event';
import { AccessFinder } from '../users/access-finder';
import { MembershipRepository } from '../users/membership.repository';
import { requireAnyOf, requireStaffer, requireViewer } from '../users/permission-guard';
import { BackendChoice, backendPurposes, backends, type InstanceBackends } from './backend-choice';
import { readOrgInput, type OrgInput } from './org-input';
import { OrgRepository } from './org.repository';
import { viewPrivateOrg, type OrgView } from './org.view';
import { readProcessingInput, type ProcessingInput } from './processing-input';

/** Orgs: reading one's own, making and configuring them (graphql-api.md §4, §5.5). */
@Injectable()
export class OrgService {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly lookup: CatalogueLookup,
    private readonly writer: CatalogueWriter,
    private readonly access: AccessFinder,
    @Inject(CATALOGUE_SURROUNDINGS) private readonly surroundings: CatalogueSurroundings,
  ) {}

  async read(viewer: Viewer | null, name: string): Promise<OrgView> {
    const org = await this.lookup.org(name);
    const access = await this.access.toOrg(viewer, org.id);
    requireStaffer(access, true);
    return viewPrivateOrg(org, access);
  }

  /** The caller becomes owner; mail goes out by the instance org's service until the org has its own. */
  async add(caller: Viewer | null, input: OrgInput): Promise<OrgView> {
    const viewer = requireViewer(caller);
    refuseHighSecurity(input, { viewer, membership: null });
    const columns = readOrgInput(input, true);
    const { orgId, membership } = await this.writer.write(viewer, async (manager, effects, templates) => {
      const { emailBackendId } = this.instanceBackends();
      const newId = await new OrgRepository(manager).insert({ ...columns, emailFrom: viewer.email, emailBackendId });
      await refuseUnknownTemplate(manager, newId, columns, templates);
      refuseProblems(await new ConfirmationSettingsReadModel(manager).ofOrg(newId));
      effects.audit('org', newId, { operation: 'addOrg', attributes: givenNames(input) });
      const owner = await new MembershipRepository(manager).insert(viewer.userId, newId, roleMask.owner);
      const org = { id: newId, name: columns.name ?? '', title: columns.title ?? '' };
      this.tellInstance(effects, viewer, org);
      return { orgId: newId, membership: owner };
    });
    return viewPrivateOrg(this.lookup.orgById(orgId), { viewer, membership });
  }

  async update(caller: Viewer | null, name: string, input: OrgInput): Promise<OrgView> {
    const { orgId, access, viewer } = await this.toSettings(caller, name);
    refuseHighSecurity(input, access);
    const changes = readOrgInput(input, false);
    await this.writer.write(viewer, async (manager, effects, templates) => {
      await this.change(manager, orgId, changes, templates);
      effects.audit('org', orgId, { operation: 'updateOrg', orgId, attributes: givenNames(input) });
    });
    return viewPrivateOrg(this.lookup.orgById(orgId), access);
  }

  async updateProcessing(caller: Viewer | null, name: string, input: ProcessingInput): Promise<OrgView> {
    const { orgId, access, viewer } = await this.toSettings(caller, name);
    const flags = readProcessingInput(input);
    await this.writer.write(viewer, async (manager, effects, templates) => {
      const changes = { ...flags, ...(await this.chosenBackends(manager, orgId, input)) };
      await this.change(manager, orgId, changes, templates);
      effects.audit('org', orgId, { operation: 'updateOrgProcessing', orgId, attributes: givenNames(input) });
    });
    return viewPrivateOrg(this.lookup.orgById(orgId), access);
  }

  private async toSettings(
    caller: Viewer | null,
    name: string,
  ): Promise<{ orgId: number; access: Access; viewer: Viewer }> {
    const org = await this.lookup.org(name);
    const access = await this.access.toOrg(caller, org.id);
    return { orgId: org.id, access, viewer: requireAnyOf(access, 'change_org_settings') };
  }

  private async change(
    manager: EntityManager,
    orgId: number,
    changes: Partial<Org>,
    templates: RemoteTemplates,
  ): Promise<void> {
    await requireStillThere(manager, { orgId });
    const settings = new ConfirmationSettingsReadModel(manager);
    await refuseUnfinishable(
      () => settings.ofOrg(orgId),
      () => new OrgRepository(manager).update(orgId, changes),
    );
    if (changes.highSecurity) await refuseHighSecurityMtt(manager, 'org', orgId, ['highSecurity']);
    await refuseUnknownTemplate(manager, orgId, changes, templates);
  }

  private async chosenBackends(manager: EntityManager, orgId: number, input: ProcessingInput): Promise<Partial<Org>> {
    const choice = new BackendChoice(new ServiceRepository(manager), this.instanceBackends());
    const chosen: Partial<Org> = {};
    for (const purpose of backendPurposes) {
      const name = input[purpose];
      if (name !== undefined) chosen[backends[purpose].column] = await choice.serviceId(orgId, purpose, name);
    }
    return chosen;
  }

  private tellInstance(
    effects: WriteEffects,
    { email }: Viewer,
    org: { id: number; name: string; title: string },
  ): void {
    const instance = this.instance();
    if (instance) emitSystemEvent(effects, instance.id, 'new_org', { email, org }, this.catalogue);
  }

  private instance(): CatalogueOrg | undefined {
    return this.catalogue.orgByName(this.surroundings.settings.instanceOrgName);
  }

  private instanceBackends(): InstanceBackends {
    const instance = this.instance();
    return {
      emailBackendId: instance?.emailBackendId ?? null,
      transactionalEmailBackendId: instance?.transactionalEmailBackendId ?? null,
    };
  }
}

/** Checked after the change, so that a backend given in the same call counts. */
async function refuseUnknownTemplate(
  manager: EntityManager,
  orgId: number,
  changes: Partial<Org>,
  templates: RemoteTemplates,
): Promise<void> {
  const message = await new TemplateCheck(manager, templates).problemOf(orgId, changes.supporterConfirmTemplate);
  if (message) throw InputError.at(['supporterConfirmTemplate'], message);
}

/** Only instance admins decide how carefully an org's data is kept (graphql-api.md §11). */
function refuseHighSecurity({ highSecurity }: OrgInput, access: Access): void {
  if (highSecurity !== undefined) requireAnyOf(access, 'instance_owner');
}
