import { Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/access';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { ConfirmationSettingsReadModel } from '../catalogue-writing/confirmation-settings.read-model';
import { givenNames } from '../catalogue-writing/input-attributes';
import { refuseUnfinishable } from '../catalogue-writing/refuse-unfinishable';
import { requireStillThere } from '../catalogue-writing/still-there';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { onePage, type PageIdentifier } from './page-identifier';
import { readPageInput, type PageInput } from './page-input';
import { refuse, templateProblems } from './page-writing';
import { PageRepository } from './page.repository';
import { viewPage, type PageView } from './page.view';

/** Making and changing pages (graphql-api.md §5.2). */
@Injectable()
export class PageService {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly writer: CatalogueWriter,
    private readonly access: AccessFinder,
  ) {}

  /** Any org may add a page to any campaign; it starts not live. */
  async add(caller: Viewer | null, orgName: string, campaignName: string, input: PageInput): Promise<PageView> {
    const org = await this.lookup.org(orgName);
    const campaign = await this.lookup.campaign(campaignName);
    const access = await this.access.toOrg(caller, org.id);
    const viewer = requireAnyOf(access, 'manage_action_pages');
    const { columns, problems } = readPageInput(input, true);
    refuse(problems);
    const pageId = await this.writer.write(viewer, async (manager, effects, templates) => {
      await requireStillThere(manager, { orgId: org.id, campaignId: campaign.id });
      refuse(await templateProblems(manager, org.id, columns, templates));
      const settings = new ConfirmationSettingsReadModel(manager);
      const id = await refuseUnfinishable(
        () => settings.ofCampaign(campaign.id),
        () => new PageRepository(manager).insert({ ...columns, orgId: org.id, campaignId: campaign.id }),
      );
      effects.audit('action_page', id, { operation: 'addActionPage', orgId: org.id, attributes: givenNames(input) });
      return id;
    });
    return viewPage(this.lookup.pageById(pageId), campaign, access);
  }

  async update(caller: Viewer | null, identifier: PageIdentifier, input: PageInput): Promise<PageView> {
    const page = await this.lookup.page(onePage(identifier));
    const access = await this.access.toOrg(caller, page.orgId);
    const viewer = requireAnyOf(access, 'manage_action_pages');
    const { columns, problems } = readPageInput(input, false);
    refuse(problems);
    await this.writer.write(viewer, async (manager, effects, templates) => {
      await requireStillThere(manager, { pageId: page.id });
      refuse(await templateProblems(manager, page.orgId, columns, templates));
      const settings = new ConfirmationSettingsReadModel(manager);
      await refuseUnfinishable(
        () => settings.ofCampaign(page.campaignId),
        () => new PageRepository(manager).update(page.id, columns),
      );
      const attributes = givenNames(input);
      effects.audit('action_page', page.id, { operation: 'updateActionPage', orgId: page.orgId, attributes });
    });
    return viewPage(this.lookup.pageById(page.id), this.lookup.campaignById(page.campaignId), access);
  }
}
