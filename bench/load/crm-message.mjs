import { PAGE_URL, SOURCE, CUSTOM_FIELDS } from './people.mjs';

const MARK = /@([a-zA-Z]+)@/;
const SOME_DATE = '2025-01-01T00:00:00Z';

/**
 * The text of an `ORG.crm` message (action v2, encrypted contact) cut at what differs from action to action: even entries are
 * constant text, odd ones the name of what goes there. The floors fill it in by joining strings.
 */
export function crmMessageParts(libs, scope) {
  const message = {
    schema: 'proca:action:2',
    stage: 'deliver',
    actionId: 1234567,
    actionPageId: scope.pageId,
    campaignId: scope.campaignId,
    orgId: scope.orgId,
    action: {
      actionType: 'petition',
      customFields: CUSTOM_FIELDS,
      createdAt: SOME_DATE,
      testing: false,
      repeat: false,
    },
    actionPage: {
      locale: 'en',
      name: scope.pageName,
      thankYouTemplate: null,
      thankYouTemplateRef: null,
      supporterConfirmTemplate: null,
    },
    campaign: { name: scope.campaignName, title: scope.campaignTitle, externalId: null, contactSchema: 'basic' },
    org: { name: scope.orgName, title: scope.orgTitle },
    contact: { firstName: '@firstName@', email: '@email@', contactRef: '@ref@', dupeRank: 0, area: '@area@' },
    personalInfo: {
      payload: '@payload@',
      nonce: '@nonce@',
      encryptKey: { id: scope.encryptKeyId, public: scope.orgPublicKey.toString('base64url') },
      signKey: { id: scope.signKeyId, public: scope.orgPublicKey.toString('base64url') },
    },
    privacy: { optIn: true, givenAt: SOME_DATE, emailStatus: null, emailStatusChanged: null, withConsent: true },
    tracking: { ...SOURCE, location: PAGE_URL },
  };
  libs.actionMessageV2.parse(message);
  return JSON.stringify(message).replace('1234567', '@actionId@').split(MARK);
}
