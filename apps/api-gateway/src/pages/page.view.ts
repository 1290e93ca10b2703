import type { CatalogueCampaign, CataloguePage } from '@groundswell/persistence';
import type { Access } from '../auth/access';
import { isInstanceOwner } from '../users/permission-guard';

/** A page as a caller sees it; everything but the fields with a resolver of their own. */
export interface PageView {
  __typename: 'PublicActionPage' | 'PrivateActionPage';
  id: number;
  locale: string;
  name: string;
  thankYouTemplate: string | null;
  live: boolean;
  journey: string[];
  config: Record<string, unknown>;
  extraSupporters: number;
  delivery: boolean;
  supporterConfirmTemplate: string | null;
  duplicateTemplate: string | null;
  row: CataloguePage;
  access: Access;
}

const defaultJourney = ['Petition', 'Share'];

/** Private for staff of the page's org and of its campaign's lead, and for instance owners (graphql-api.md §3). */
export function viewPage(page: CataloguePage, campaign: CatalogueCampaign | undefined, access: Access): PageView {
  const { membership } = access;
  const isStaff = membership !== null && (membership.orgId === page.orgId || membership.orgId === campaign?.orgId);
  return {
    __typename: isStaff || isInstanceOwner(access) ? 'PrivateActionPage' : 'PublicActionPage',
    id: page.id,
    locale: page.locale,
    name: page.name,
    thankYouTemplate: page.thankYouTemplate,
    live: page.live,
    journey: journeyOf(page.config),
    config: page.config,
    extraSupporters: page.extraSupporters,
    delivery: page.delivery,
    supporterConfirmTemplate: page.supporterConfirmTemplate,
    duplicateTemplate: page.duplicateTemplate,
    row: page,
    access,
  };
}

function journeyOf({ journey }: Record<string, unknown>): string[] {
  return Array.isArray(journey) && journey.every((step) => typeof step === 'string') ? journey : defaultJourney;
}
