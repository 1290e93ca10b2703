import type { Catalogue, CatalogueCampaign, CatalogueOrg, CataloguePage } from '@groundswell/persistence';
import type { NotifiableConfirm } from './notifiable-confirm';

/** What a confirm is about, from the catalogue. */
export interface ConfirmScene {
  /** Who asks: the org that invites, or the partner whose page or membership it is about. */
  org: CatalogueOrg;
  campaign: CatalogueCampaign | null;
  page: CataloguePage | null;
  /** Org whose staff decides; null where the confirm goes to an address. */
  decidingOrgId: number | null;
}

type Known = Pick<Catalogue, 'orgs' | 'campaigns' | 'pages'>;

/** Null when something it is about is gone, or it is the moderators' (confirm_action). */
export function confirmScene(catalogue: Known, confirm: NotifiableConfirm): ConfirmScene | null {
  switch (confirm.operation) {
    case 'confirm_action':
      return null;
    case 'add_staffer':
      return sceneOf(present(catalogue.orgs, confirm.subjectId), { campaign: null, page: null });
    case 'add_partner':
      return pageScene(catalogue, confirm.subjectId, false);
    case 'launch_page':
      return pageScene(catalogue, confirm.objectId, true);
    case 'join_campaign': {
      const campaign = present(catalogue.campaigns, confirm.objectId);
      if (!campaign || campaign.orgId === null) return null;
      const scene = { campaign, page: null, decidingOrgId: campaign.orgId };
      return sceneOf(present(catalogue.orgs, confirm.subjectId), scene);
    }
  }
}

function pageScene(catalogue: Known, pageId: number | null, isDecidedByLead: boolean): ConfirmScene | null {
  const page = present(catalogue.pages, pageId);
  const campaign = page && present(catalogue.campaigns, page.campaignId);
  if (!page || !campaign || (isDecidedByLead && campaign.orgId === null)) return null;
  return sceneOf(present(catalogue.orgs, page.orgId), {
    campaign,
    page,
    decidingOrgId: isDecidedByLead ? campaign.orgId : null,
  });
}

function sceneOf(
  org: CatalogueOrg | null,
  rest: Pick<ConfirmScene, 'campaign' | 'page'> & { decidingOrgId?: number | null },
): ConfirmScene | null {
  return org && { org, decidingOrgId: null, ...rest };
}

/** A row that is there and not marked as deleted. */
function present<Row extends { deletedAt: Date | null }>(
  table: { get(id: number): Row | undefined },
  id: number | null,
): Row | null {
  const row = id === null ? undefined : table.get(id);
  return row && row.deletedAt === null ? row : null;
}
