import type { CataloguePage } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { ApiError } from '../api/api-error';
import type { Viewer } from '../auth/access';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { CatalogueWriter } from '../catalogue-writing/catalogue-writer';
import { ConfirmationSettingsReadModel } from '../catalogue-writing/confirmation-settings.read-model';
import { refuseUnfinishable } from '../catalogue-writing/refuse-unfinishable';
import { requireStillThere } from '../catalogue-writing/still-there';
import { AccessFinder } from '../users/access-finder';
import { requireAnyOf } from '../users/permission-guard';
import { readPageInput } from './page-input';
import { refuse } from './page-writing';
import { PageRepository } from './page.repository';
import { viewPage, type PageView } from './page.view';

interface Copying {
  operation: 'copyActionPage' | 'copyCampaignActionPage';
  orgName: string;
  /** Of the new page. */
  name: string;
}

/** New pages made after others, by any org after any page (graphql-api.md §5.2). */
@Injectable()
export class PageCopyService {
  constructor(
    private readonly lookup: CatalogueLookup,
    private readonly writer: CatalogueWriter,
    private readonly access: AccessFinder,
  ) {}

  copyPage(caller: Viewer | null, orgName: string, name: string, fromName: string): Promise<PageView> {
    return this.copy(caller, { operation: 'copyActionPage', orgName, name }, () => this.lookup.page(fromName));
  }

  copyFromCampaign(caller: Viewer | null, orgName: string, name: string, campaignName: string): Promise<PageView> {
    const copying: Copying = { operation: 'copyCampaignActionPage', orgName, name };
    return this.copy(caller, copying, () => this.newestOfLead(campaignName));
  }

  private async newestOfLead(campaignName: string): Promise<CataloguePage> {
    const campaign = await this.lookup.campaign(campaignName);
    const ofLead = this.lookup.pagesOfCampaign(campaign.id).filter(({ orgId }) => orgId === campaign.orgId);
    const [newest] = ofLead.sort((a, b) => b.id - a.id);
    if (!newest) throw new ApiError(null, `Campaign ${campaign.name} does not have action pages`);
    return newest;
  }

  /** Config, delivery, locale and campaign are the source's; templates, extra supporters and being live are not. */
  private async copy(
    caller: Viewer | null,
    { operation, orgName, name }: Copying,
    findSource: () => Promise<CataloguePage>,
  ): Promise<PageView> {
    const org = await this.lookup.org(orgName);
    const source = await findSource();
    const access = await this.access.toOrg(caller, org.id);
    const viewer = requireAnyOf(access, 'manage_action_pages');
    const { config, delivery, locale, campaignId } = source;
    const { columns, problems } = readPageInput({ name, config, delivery, locale }, true);
    refuse(problems);
    const pageId = await this.writer.write(viewer, async (manager, effects) => {
      await requireStillThere(manager, { orgId: org.id, campaignId, pageId: source.id });
      const settings = new ConfirmationSettingsReadModel(manager);
      const id = await refuseUnfinishable(
        () => settings.ofCampaign(campaignId),
        () => new PageRepository(manager).insert({ ...columns, orgId: org.id, campaignId }),
      );
      effects.audit('action_page', id, { operation, orgId: org.id, fromPageId: source.id });
      return id;
    });
    return viewPage(this.lookup.pageById(pageId), this.lookup.campaignById(campaignId), access);
  }
}
