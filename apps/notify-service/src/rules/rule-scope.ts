import type { Catalogue } from '@groundswell/persistence';
import type { RuleScope } from './overdue.read-model';

/** What belongs to an org: its pages, and the campaigns it leads. */
export function ruleScope(
  catalogue: Pick<Catalogue, 'pagesOfOrg' | 'campaignsLedBy' | 'pagesOfCampaign'>,
  orgId: number,
): RuleScope {
  const own = catalogue.pagesOfOrg(orgId).map(({ id }) => id);
  const campaignIds = catalogue
    .campaignsLedBy(orgId)
    .filter(({ deletedAt }) => deletedAt === null)
    .map(({ id }) => id);
  const led = campaignIds.flatMap((id) => catalogue.pagesOfCampaign(id).map((page) => page.id));
  return { pageIds: own, campaignIds, allPageIds: [...new Set([...own, ...led])] };
}
