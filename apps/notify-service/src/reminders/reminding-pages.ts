import { effectiveProcessing } from '@groundswell/domain';
import type { Catalogue, CatalogueOrg } from '@groundswell/persistence';

type Known = Pick<Catalogue, 'campaigns' | 'pagesOfOrg'>;

/**
 * Pages of an org whose supporters are reminded: confirmation is asked for there, by our mail, and there is one to send. Whose
 * campaign it is does not matter, and a campaign that asks for none is left alone (email-and-mtt.md §3.3).
 */
export function remindingPages(catalogue: Known, org: CatalogueOrg): number[] {
  if (org.deletedAt !== null || org.emailBackendId === null || !org.emailFrom) return [];
  // The org's own software asks, and reminds.
  if (org.customSupporterConfirm) return [];
  return catalogue.pagesOfOrg(org.id).flatMap((page) => {
    const campaign = catalogue.campaigns.get(page.campaignId);
    if (!campaign || page.deletedAt !== null || campaign.deletedAt !== null) return [];
    const template = page.supporterConfirmTemplate || campaign.supporterConfirmTemplate || org.supporterConfirmTemplate;
    return template && effectiveProcessing({ campaign, org }).supporterConfirm ? [page.id] : [];
  });
}
