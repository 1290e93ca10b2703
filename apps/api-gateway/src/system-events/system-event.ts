import { systemEventSuffix, type SystemEventType, type SystemEventV2 } from '@groundswell/contracts';
import { contactSchemaFromCode } from '@groundswell/domain';
import type { Catalogue, CatalogueCampaign, CataloguePage } from '@groundswell/persistence';
import type { WriteEffects } from '../catalogue-writing/write-effects';

export interface SystemEventSubjects {
  /** Who did it. */
  email: string;
  /** A row of the catalogue, or one that this very transaction makes. */
  org?: { id: number; name: string; title: string };
  campaign?: CatalogueCampaign;
  page?: CataloguePage;
}

/** Tells an org what a user did (processing.md §6.4): the lead about `join_campaign`, the instance org about the others. */
export function emitSystemEvent(
  effects: WriteEffects,
  recipientOrgId: number,
  eventType: SystemEventType,
  subjects: SystemEventSubjects,
  catalogue: Pick<Catalogue, 'templatesOfOrg'>,
): void {
  const page = subjects.page ? pageData(subjects.page, catalogue) : null;
  const body = { ...systemEventBody(eventType, subjects), actionPage: page };
  effects.event(recipientOrgId, systemEventSuffix(eventType), body);
}

/** Without the page's data, which are the catalogue's. */
export const systemEventBody = (
  eventType: SystemEventType,
  { email, org, campaign, page }: SystemEventSubjects,
): SystemEventV2 => ({
  schema: 'proca:action:2',
  stage: 'system',
  eventType,
  actionId: null,
  actionPageId: page?.id ?? null,
  campaignId: campaign?.id ?? null,
  orgId: org?.id ?? null,
  action: { actionType: eventType, customFields: {}, createdAt: microsecondsOf(new Date()), testing: false },
  actionPage: null,
  campaign: campaign ? campaignData(campaign) : null,
  org: org ? { name: org.name, title: org.title } : null,
  contact: { firstName: email.split('@')[0] ?? '', email, contactRef: null, dupeRank: 0, area: null },
  personalInfo: null,
  privacy: {},
  tracking: {},
});

const microsecondsOf = (at: Date): string => at.toISOString().replace('Z', '000Z');

const campaignData = ({ name, title, externalId, contactSchema }: CatalogueCampaign) => ({
  name,
  title,
  externalId,
  contactSchema: contactSchemaFromCode(contactSchema),
});

const pageData = (page: CataloguePage, catalogue: Pick<Catalogue, 'templatesOfOrg'>) => ({
  locale: page.locale,
  name: page.name,
  thankYouTemplate: page.thankYouTemplate,
  thankYouTemplateRef:
    catalogue.templatesOfOrg(page.orgId).find(({ name }) => name === page.thankYouTemplate)?.externalId ?? null,
  supporterConfirmTemplate: page.supporterConfirmTemplate,
});
