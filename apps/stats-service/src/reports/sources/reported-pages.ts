import type { Catalogue, CataloguePage } from '@groundswell/persistence';
import type { Report } from '../report';

/** The org's own pages, and every page of the campaigns it leads; of one campaign, or of all. By campaign and id. */
export function reportedPages(catalogue: Catalogue, { orgId, campaignId }: Report): CataloguePage[] {
  const pages = new Map(catalogue.pagesOfOrg(orgId).map((page) => [page.id, page]));
  for (const { id } of catalogue.campaignsLedBy(orgId)) {
    for (const page of catalogue.pagesOfCampaign(id)) pages.set(page.id, page);
  }
  return [...pages.values()]
    .filter((page) => campaignId === null || page.campaignId === campaignId)
    .sort((a, b) => a.campaignId - b.campaignId || a.id - b.id);
}
