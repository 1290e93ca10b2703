import { mailoutChangeAnswerV1, testMailoutAnswerV1, type TestMailoutAnswerV1 } from '@groundswell/contracts';
import { builtInTemplateNames } from '@groundswell/domain';
import { Catalogue, Database, type CatalogueOrg } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { InputError } from '../api/api-error';
import { NotifyServiceClient } from '../asking/notify-service.client';
import type { Viewer } from '../auth/access';
import { AuditRepository } from '../catalogue-writing/audit.repository';
import { CatalogueLookup, entityNotFound } from '../catalogue-writing/catalogue-lookup';
import { listingProviders } from '../catalogue-writing/remote-templates';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { mailoutRefusalError } from './mailout-errors';
import { readMailout, type MailoutInput } from './mailout-input';
import type { MailoutView } from './mailout-view';
import { MailoutService } from './mailout.service';

const changes = { startMailout: 'start_mailout', pauseMailout: 'pause_mailout', stopMailout: 'stop_mailout' } as const;
const builtIn: ReadonlySet<string> = new Set(builtInTemplateNames);

/** What people do with mailouts: asked of notify-service, for those who manage the org's campaigns. */
@Injectable()
export class MailoutChangeService {
  constructor(
    private readonly database: Database,
    private readonly catalogue: Catalogue,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly notify: NotifyServiceClient,
    private readonly mailouts: MailoutService,
  ) {}

  async add(caller: Viewer | null, orgName: string, input: MailoutInput): Promise<MailoutView> {
    const { viewer, org } = await this.managedOrg(caller, orgName);
    const { name, template, segment } = readMailout(input);
    const campaign = await this.lookup.campaign(input.campaignName);
    if (!this.lookup.campaignsOfOrg(org.id).some(({ id }) => id === campaign.id)) throw entityNotFound();
    if (!(await this.hasTemplate(org, template))) throw InputError.at(['input', 'template'], 'Template not found');
    const about = { name, campaignId: campaign.id, template, segment };
    await this.note(viewer, org.id, 'addMailout', about);
    const asked = { kind: 'add_mailout', orgId: org.id, ...about } as const;
    await this.asking(() => this.notify.ask(asked, mailoutChangeAnswerV1));
    return this.mailouts.find(org.id, name);
  }

  async change(
    caller: Viewer | null,
    orgName: string,
    name: string,
    operation: keyof typeof changes,
  ): Promise<MailoutView> {
    const { viewer, org } = await this.managedOrg(caller, orgName);
    const { name: known } = await this.mailouts.find(org.id, name);
    await this.note(viewer, org.id, operation, { name: known });
    const asked = { kind: changes[operation], orgId: org.id, name: known } as const;
    await this.asking(() => this.notify.ask(asked, mailoutChangeAnswerV1));
    return this.mailouts.find(org.id, known);
  }

  async test(caller: Viewer | null, orgName: string, name: string): Promise<TestMailoutAnswerV1> {
    const { viewer, org } = await this.managedOrg(caller, orgName);
    const { name: known } = await this.mailouts.find(org.id, name);
    await this.note(viewer, org.id, 'testMailout', { name: known });
    const asked = { kind: 'test_mailout', orgId: org.id, name: known } as const;
    return this.asking(() => this.notify.ask(asked, testMailoutAnswerV1));
  }

  /** A provider may have templates of its own; whether this is one is found out when it is sent. */
  private async hasTemplate(org: CatalogueOrg, template: string): Promise<boolean> {
    const backend = org.emailBackendId === null ? undefined : this.catalogue.services.get(org.emailBackendId);
    if (builtIn.has(template) || (backend && listingProviders.has(backend.name))) return true;
    const isKnown = () => this.catalogue.templatesOfOrg(org.id).some((row) => row.name === template);
    if (isKnown()) return true;
    await this.catalogue.refresh();
    return isKnown();
  }

  private async managedOrg(caller: Viewer | null, orgName: string): Promise<{ viewer: Viewer; org: CatalogueOrg }> {
    const org = await this.lookup.org(orgName);
    return { viewer: requireAnyOf(await this.access.toOrg(caller, org.id), 'manage_campaigns'), org };
  }

  /** Before it is asked, so nothing is done unseen. */
  private async note(viewer: Viewer, orgId: number, operation: string, about: { name: string }): Promise<void> {
    const note = { resource: 'mailout', resourceId: about.name, changeset: { operation, orgId, ...about } };
    await this.database.run((manager) => new AuditRepository(manager).insert(String(viewer.userId), [note]));
  }

  private async asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw mailoutRefusalError(error);
    }
  }
}
