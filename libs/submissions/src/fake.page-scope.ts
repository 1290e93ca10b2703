import type { CatalogueCampaign, CatalogueOrg, CataloguePage } from '@groundswell/persistence';
import type { PageScope } from './page-scopes';

export const anOrg = (changes: Partial<CatalogueOrg> = {}): CatalogueOrg => ({
  id: 7,
  name: 'greenorg',
  title: 'Green Org',
  contactSchema: 0,
  actionSchemaVersion: 2,
  highSecurity: false,
  doiThankYou: false,
  emailBackendId: null,
  transactionalEmailBackendId: null,
  storageBackendId: null,
  eventBackendId: null,
  detailBackendId: null,
  pushBackendId: null,
  emailFrom: null,
  replyEnabled: true,
  senderRewrite: true,
  supporterConfirm: false,
  supporterConfirmTemplate: null,
  customSupporterConfirm: false,
  customActionConfirm: false,
  customActionDeliver: false,
  customEventDeliver: false,
  config: {},
  deletedAt: null,
  ...changes,
});

export const aCampaign = (changes: Partial<CatalogueCampaign> = {}): CatalogueCampaign => ({
  id: 3,
  name: 'save-the-bees',
  externalId: null,
  title: 'Save the bees',
  orgId: 7,
  status: 1,
  forceDelivery: false,
  publicActions: [],
  transientActions: [],
  contactSchema: 0,
  config: {},
  supporterConfirm: null,
  supporterConfirmTemplate: null,
  actionConfirm: null,
  startDate: null,
  endDate: null,
  deletedAt: null,
  ...changes,
});

export const aPage = (changes: Partial<CataloguePage> = {}): CataloguePage => ({
  id: 5,
  name: 'act.green.org/bees',
  locale: 'en',
  orgId: 7,
  campaignId: 3,
  delivery: true,
  live: true,
  extraSupporters: 0,
  thankYouTemplate: null,
  supporterConfirmTemplate: null,
  duplicateTemplate: null,
  config: {},
  deletedAt: null,
  ...changes,
});

/** A page whose owner leads the campaign, unless told otherwise. */
export const aPageScope = (changes: Partial<PageScope> = {}): PageScope => ({
  page: aPage(),
  campaign: aCampaign(),
  collector: anOrg(),
  lead: anOrg(),
  hasMtt: false,
  isTarget: () => false,
  ...changes,
});
