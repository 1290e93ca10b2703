import type { Catalogue, CatalogueCampaign, CatalogueOrg, CataloguePage } from '@groundswell/persistence';

/** Everything an action is judged by: the page it is given on and what that belongs to. */
export interface PageScope {
  page: CataloguePage;
  campaign: CatalogueCampaign;
  /** Owner of the page. */
  collector: CatalogueOrg;
  /** Owner of the campaign; null when that org is gone. */
  lead: CatalogueOrg | null;
  hasMtt: boolean;
  isTarget(targetId: string): boolean;
}

type ScopeSource = Pick<Catalogue, 'pages' | 'campaigns' | 'orgs' | 'mttOf' | 'isTargetOf'>;

const isThere = <Row extends { deletedAt: Date | null }>(row: Row | undefined): row is Row =>
  row !== undefined && row.deletedAt === null;

/** Finds pages in the catalogue. A page is unknown when it, its campaign or its org is marked as deleted. */
export class PageScopes {
  constructor(private readonly catalogue: ScopeSource) {}

  find(pageId: number): PageScope | null {
    const { catalogue } = this;
    const page = catalogue.pages.get(pageId);
    if (!isThere(page)) return null;
    const campaign = catalogue.campaigns.get(page.campaignId);
    const collector = catalogue.orgs.get(page.orgId);
    if (!isThere(campaign) || !isThere(collector)) return null;
    const lead = campaign.orgId === null ? undefined : catalogue.orgs.get(campaign.orgId);
    return {
      page,
      campaign,
      collector,
      lead: isThere(lead) ? lead : null,
      hasMtt: catalogue.mttOf(campaign.id) !== undefined,
      isTarget: (targetId) => catalogue.isTargetOf(campaign.id, targetId),
    };
  }
}
