import type { Catalogue } from '../catalogue/catalogue';

/**
 * Every page an action may be on whose supporter has a record of the org: its own, those in campaigns it leads, and
 * the other pages of the orgs that own those, since an action is linked with any supporter of its page's org.
 */
export function exportedPages(catalogue: Catalogue, orgId: number, campaignId: number | null): number[] {
  if (campaignId !== null) return catalogue.pagesOfCampaign(campaignId).map(({ id }) => id);
  const owners = new Set([orgId]);
  for (const { id } of catalogue.campaignsLedBy(orgId)) {
    for (const { orgId: owner } of catalogue.pagesOfCampaign(id)) owners.add(owner);
  }
  return [...owners].flatMap((owner) => catalogue.pagesOfOrg(owner).map(({ id }) => id));
}
