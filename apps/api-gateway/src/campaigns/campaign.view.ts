import { campaignStatusFromCode, contactSchemaFromCode } from '@groundswell/domain';
import type { CatalogueCampaign } from '@groundswell/persistence';
import type { Access } from '../auth/access';
import { isInstanceOwner } from '../users/permission-guard';

/** A campaign as a caller sees it; everything but the fields with a resolver of their own. */
export interface CampaignView {
  __typename: 'PublicCampaign' | 'PrivateCampaign';
  id: number;
  externalId: number | null;
  name: string;
  title: string;
  status: string;
  contactSchema: string;
  config: Record<string, unknown>;
  start: string | null;
  end: string | null;
  forceDelivery: boolean;
  publicActions: string[];
  transientActions: string[];
  /** The campaign's own three-state values, not the effective ones. */
  campaignProcessing: {
    supporterConfirm: boolean | null;
    supporterConfirmTemplate: string | null;
    actionConfirm: boolean | null;
  };
  row: CatalogueCampaign;
  access: Access;
}

/** Private for staff of the lead and for instance owners; partners keep the public view (graphql-api.md §3). */
export const viewCampaign = (campaign: CatalogueCampaign, access: Access): CampaignView => ({
  __typename:
    (access.membership !== null && access.membership.orgId === campaign.orgId) || isInstanceOwner(access)
      ? 'PrivateCampaign'
      : 'PublicCampaign',
  id: campaign.id,
  externalId: campaign.externalId,
  name: campaign.name,
  title: campaign.title,
  status: campaignStatusFromCode(campaign.status).toUpperCase(),
  contactSchema: contactSchemaFromCode(campaign.contactSchema).toUpperCase(),
  config: campaign.config,
  start: dayOf(campaign.startDate),
  end: dayOf(campaign.endDate),
  forceDelivery: campaign.forceDelivery,
  publicActions: campaign.publicActions,
  transientActions: campaign.transientActions,
  campaignProcessing: {
    supporterConfirm: campaign.supporterConfirm,
    supporterConfirmTemplate: campaign.supporterConfirmTemplate,
    actionConfirm: campaign.actionConfirm,
  },
  row: campaign,
  access,
});

/** A `date` read by plain SQL is midnight in this process's own time zone; the day counts, not the instant. */
function dayOf(day: string | Date | null): string | null {
  if (!(day instanceof Date)) return day;
  const twoDigits = (number: number): string => String(number).padStart(2, '0');
  return `${day.getFullYear()}-${twoDigits(day.getMonth() + 1)}-${twoDigits(day.getDate())}`;
}
