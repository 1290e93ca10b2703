import { Catalogue, type CataloguePage } from '@groundswell/persistence';
import { Injectable } from '@nestjs/common';
import { ApiError } from '../api/api-error';
import type { Access, Viewer } from '../auth/access';
import { CatalogueLookup } from '../catalogue-writing/catalogue-lookup';
import { StatsReader } from '../stats/stats-reader';
import { AccessFinder } from '../users/access-finder';
import { onePage, type PageIdentifier } from './page-identifier';
import { pageStatus, type PageStatus } from './page-status';
import { viewPage, type PageView } from './page.view';

export interface SelectPage {
  campaignId?: number | null;
}

/** Reading pages: from the catalogue in memory, so a widget's start costs no database round trip. */
@Injectable()
export class PageReadService {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly lookup: CatalogueLookup,
    private readonly access: AccessFinder,
    private readonly stats: StatsReader,
  ) {}

  async read(viewer: Viewer | null, identifier: PageIdentifier): Promise<PageView> {
    const page = await this.lookup.page(onePage(identifier));
    return this.view(page, await this.access.toPage(viewer, page));
  }

  /** The org's own pages, by id. */
  ofOrg(orgId: number, { campaignId }: SelectPage, access: Access): PageView[] {
    const pages = this.lookup.pagesOfOrg(orgId);
    return pages
      .filter((page) => campaignId == null || page.campaignId === campaignId)
      .map((page) => this.view(page, access));
  }

  /** One of the org's own pages, or of a campaign it leads. */
  async oneOfOrg(orgId: number, identifier: PageIdentifier, access: Access): Promise<PageView> {
    const page = await this.lookup.findPage(onePage(identifier));
    const isOurs = page && (page.orgId === orgId || this.catalogue.campaigns.get(page.campaignId)?.orgId === orgId);
    if (!isOurs) throw new ApiError('not_found', 'action page not found');
    return this.view(page, access);
  }

  /** For whoever may see the campaign as private: its lead's staff and instance owners. */
  ofCampaign(campaignId: number, access: Access): PageView[] {
    return this.lookup.pagesOfCampaign(campaignId).map((page) => this.view(page, access));
  }

  /** Where the provider knows the template by another name (graphql-api.md §7.7). */
  thankYouTemplateRef({ orgId, thankYouTemplate }: CataloguePage): string | null {
    if (!thankYouTemplate) return null;
    const template = this.catalogue.templatesOfOrg(orgId).find(({ name }) => name === thankYouTemplate);
    return template?.externalId ?? thankYouTemplate;
  }

  async location(page: CataloguePage): Promise<string | null> {
    return (await this.stats.activityOfPage(page))?.location ?? null;
  }

  async status(page: CataloguePage): Promise<PageStatus> {
    return pageStatus((await this.stats.activityOfPage(page))?.lastActionAt ?? null, new Date());
  }

  private view(page: CataloguePage, access: Access): PageView {
    return viewPage(page, this.catalogue.campaigns.get(page.campaignId), access);
  }
}
