/** Names that documents are about; each list in them has as many elements as the world is large. */
export interface ListedNames {
  org: string;
  /** Campaigns have titles that begin with it. */
  title: string;
  campaign: string;
  campaignId: number;
  pageId: number;
  /** Of one with mails. */
  actionId: number;
  /** With firings. */
  ruleId: number;
  /** Of a file with errors. */
  uploadId: number;
}

const person = 'id email phone pictureUrl jobTitle isAdmin apiToken { expiresAt }';
const publicOrg = '__typename id name title config';
const publicPage = 'id locale name thankYouTemplate thankYouTemplateRef live journey config extraSupporters';
const page = `${publicPage} stats { supporterCount actionCount { actionType count } } campaign { name } org { name }
  ... on PrivateActionPage { delivery supporterConfirmTemplate duplicateTemplate location status }`;
const key = 'id public name active expired expiredAt';
const personalData = `contactSchema supporterConfirm supporterConfirmTemplate highSecurity doiThankYou replyEnabled senderRewrite
  emailOptIn emailOptInTemplate`;
const processing = `emailFrom emailBackend transactionalEmailBackend supporterConfirm supporterConfirmTemplate doiThankYou
  customSupporterConfirm customActionConfirm customActionDeliver customEventDeliver eventBackend pushBackend storageBackend
  detailBackend emailTemplates`;
const target = `id name externalId locale area fields ... on PrivateTarget { emails { email emailStatus error } }`;
const mtt = `startAt endAt messageTemplate testEmail ccContacts ccSender dripDelivery maxEmailsPerHour maxPerTargetPerDay timezone
  pausedAt progress { waiting sending sent failed cancelled unknown duplicates } forecast { day planned } forecastLeft`;
const action = `actionId createdAt actionType customFields fields { key value } tracking { source medium campaign content }
  contact { contactRef dupeRank payload nonce publicKey { id public } signKey { id public } }
  privacy { optIn givenAt emailStatus emailStatusChanged withConsent }
  donation { schema amount currency payload frequencyUnit }
  campaign { name org { ${publicOrg} } stats { supporterCount } targets { id } } actionPage { ${page} }`;

const loop =
  'running jobName lastStarted lastBegin lastEventTimestamp lastFinished lastError eventsLastRun lagSeconds canceled';
const mail = `id purpose kind orgId actionId campaignId pageId mailingId serviceId template locale state attempts error
  createdAt updatedAt nextAttemptAt sentAt deliveredAt openedAt clickedAt bouncedAt
  failure { severity code enhancedCode message failedAt attempts isSuppressed resolvedAt }
  events { type severity isMachine errorCode at }`;
const mailing = `id purpose orgId campaignId state phase error template subject createdAt preparedAt submittedAt
  progress { completed total eta } counts { candidates excluded recipients delivered opened clicked failed }
  batches { id number status providerId recipientCount attempts errorStatus errorMessage errorDetails notBefore
            createdAt submittedAt }`;

const ofOrgs = (org: string, fields: string): string =>
  `{ users(select: { orgName: "${org}" }) { roles { org { ... on PrivateOrg { ${fields} } } } } }`;
const ofCampaigns = (title: string, fields: string): string => `{ campaigns(title: "${title}%") { ${fields} } }`;
const ofPartners = (campaign: string, fields: string): string =>
  `{ campaign(name: "${campaign}") { ... on PrivateCampaign { partnerships { ${fields} } } } }`;

/** What lists of other services' own ask for: one request to each, whatever their length. */
export const askedDocuments: readonly string[] = [
  `{ queues { brokerAnswers queues { name kind service orgId waiting delayed active failed dead reasons { reason count }
     oldestSeconds isAgeAtMost inPerMinute outPerMinute errorsPerMinute workers isPaused } }
     queueHistory(name: "q") { at waiting delayed active failed dead oldestSeconds inPerMinute outPerMinute errorsPerMinute
     workers } }`,
  `{ crmAccess(orgName: "o") { queues { queues { name purpose exists ready unacked consumers bytes oldestAfter parked
     alerts { kind since } } } } }`,
  `{ mailLoops { domains { domain serviceIds latest { ${loop} } latestOpened { ${loop} } missing { ${loop} }
     scheduled { ${loop} schedule { begin end } } } withoutEvents { serviceId orgId name } } }`,
];

/** By what they list. Together they ask for every field that may stand below a list. */
export const listDocuments: Record<string, (names: ListedNames) => string> = {
  users: ({ org }) => `{ users(select: { orgName: "${org}" }) { ${person} roles { role org { ${publicOrg} } } } }`,
  'orgs of users': ({ org }) => ofOrgs(org, `personalData { ${personalData} } processing { ${processing} }`),
  'keys of orgs': ({ org }) => ofOrgs(org, `keys { ${key} } key(select: { active: true }) { ${key} }`),
  'services of orgs': ({ org }) =>
    ofOrgs(org, 'services { id name host user path sendingFrom transactionalEmailBudget webhookUrl }'),
  'members of orgs': ({ org }) => ofOrgs(org, 'users { email role createdAt joinedAt lastSigninAt }'),
  'campaigns of orgs': ({ org }) => ofOrgs(org, 'campaigns { id stats { supporterCount } }'),
  'pages of orgs': ({ org }) => ofOrgs(org, 'actionPages { id ... on PrivateActionPage { status } }'),
  campaigns: ({ title, org }) =>
    ofCampaigns(
      title,
      `__typename id externalId name title status contactSchema config start end org { ${publicOrg} }
       campaignProcessing { supporterConfirm supporterConfirmTemplate actionConfirm }
       stats { supporterCount supporterCountByOthers(orgName: "${org}") supporterCountByArea { area count }
               supporterCountByOrg { count org { ${publicOrg} } } actionCount { actionType count } }
       ... on PrivateCampaign { forceDelivery publicActions transientActions mtt { ${mtt} } }`,
    ),
  'pages of campaigns': ({ title }) => ofCampaigns(title, `... on PrivateCampaign { actionPages { ${page} } }`),
  'targets of campaigns': ({ title }) => ofCampaigns(title, `targets { __typename ${target} }`),
  'public actions of campaigns': ({ title }) =>
    ofCampaigns(
      title,
      `actions(actionType: "register") {
         fieldKeys list { actionId actionType insertedAt area customFields fields { key value } } }`,
    ),
  'one campaign and page of orgs of campaigns': ({ title, campaignId, pageId }) =>
    ofCampaigns(
      title,
      `org { ... on PrivateOrg { campaign(id: ${campaignId}) { targets { ${target} } } actionPage(id: ${pageId}) { ${page} } } }`,
    ),
  partnerships: ({ campaign }) =>
    ofPartners(campaign, `org { ${publicOrg} ... on PrivateOrg { keys { id } } } actionPages { ${page} }`),
  'launch requests': ({ campaign }) =>
    ofPartners(campaign, `launchRequests { code email message objectId creator { ${person} roles { org { name } } } }`),
  'launch requesters': ({ campaign }) =>
    ofPartners(campaign, `launchRequesters { ${person} roles { role org { name } } }`),
  'launch requests of campaigns': ({ org }) =>
    `{ org(name: "${org}") { campaigns { ... on PrivateCampaign { partnerships { launchRequests { code creator { email } } } } } } }`,
  actions: ({ org }) => `{ actions(orgName: "${org}") { ${action} } }`,
  exportActions: ({ org }) => `{ exportActions(orgName: "${org}") { ${action} } }`,
  mailHistory: ({ org, actionId }) => `{ mailHistory(orgName: "${org}", actionId: ${actionId}) { ${mail} } }`,
  mails: ({ org }) => `{ mails(orgName: "${org}") { mails { ${mail} } counts { failed unknown } } }`,
  mailouts: ({ org }) =>
    `{ mailouts(orgName: "${org}") { id name campaignId template segment { actionType area language since } state
       counts { candidates handedOver leftOut awaitingOptIn } mailingId error createdAt startedAt builtAt endedAt } }`,
  mailoutPeople: ({ org }) =>
    `{ mailoutPeople(orgName: "${org}", name: "news 1") { people { state reason count } mails { state reason count } } }`,
  mailings: ({ org }) => `{ mailings(orgName: "${org}") { ${mailing} } }`,
  'failures of mailings': ({ org }) => `{ mailings(orgName: "${org}") { failures(limit: 10) { ${mail} } } }`,
  pushEndpoints: ({ org }) =>
    `{ pushEndpoints(orgName: "${org}") { serviceId name host usedFor state reason since restsUntil lastSuccessAt
       lastFailureAt lastError failuresInRow backlog { waiting oldestAt failed } hasSigningSecret previousSecretUntil } }`,
  pushes: ({ org }) =>
    `{ pushes(orgName: "${org}") { pushes { id messageId kind actionId state attemptCount dueAt takenAt endedAt lastError
       attempts { attempt attemptedAt serviceId outcome status latencyMs error excerpt } } } }`,
  actionUploads: ({ org }) =>
    `{ actionUploads(orgName: "${org}") { uploads { id actionPageId format dryRun state reason rows accepted refused duplicates
       progress references { waiting linked givenUp } errorsUrl createdAt finishedAt } } }`,
  actionUploadErrors: ({ org, uploadId }) =>
    `{ actionUploadErrors(orgName: "${org}", id: "${uploadId}") { errors { row field reason } after } }`,
  lateReferences: ({ org }) =>
    `{ lateReferences(orgName: "${org}") { references { actionId state reason attempts since settledAt uploadId row } } }`,
  rules: ({ org }) =>
    `{ rules(orgName: "${org}") { id name trigger campaignId conditions { field isOneOf isNoneOf atLeast atMost } afterHours figure
       actionType values every resource schedule effect recipients enabled nextRunAt createdAt updatedAt } }`,
  ruleFirings: ({ org, ruleId }) =>
    `{ ruleFirings(orgName: "${org}", ruleId: ${ruleId}) { firings { id subject campaignId fields state reason firedAt endedAt clearedAt } } }`,
  reports: ({ org }) =>
    `{ reports(orgName: "${org}") { reports { id kind format campaignId from to language timeZone state rows size error
         requestedAt finishedAt expiresAt } } }`,
  'CRM credentials': ({ org }) =>
    `{ crmAccess(orgName: "${org}") { backlog { messages oldestAt }
       credentials { id label username state createdAt createdBy rotatedAt revokedAt } } }`,
  mttReplies: ({ org }) =>
    `{ mttReplies(orgName: "${org}") { replies { id receivedAt campaignId actionId targetId contactRef subject text isCut } } }`,
  followUps: ({ org }) =>
    `{ followUps(orgName: "${org}") { followUps { id kind state actionId contactRef group completeAll dueAt
       assignee { userId email } createdAt closedAt closedByActionId token } } }`,
  attachments: ({ org, actionId }) =>
    `{ attachments(orgName: "${org}", actionId: ${actionId}) { id name type size state reason sha256 receivedAt endedAt url
         thumbnailUrl } }`,
  enrichments: ({ org, actionId }) =>
    `{ enrichments(orgName: "${org}", actionId: ${actionId}) { id kind field status reason detail result units attempts
         requestedAt submittedAt completedAt }
       enrichmentUsage(orgName: "${org}") { kind month quota used reserved } }`,
  jobs: ({ org }) =>
    `{ jobs(orgName: "${org}", service: "stats-service") { id service type orgId state priority attempts maxAttempts claims
       progress { done total note } result lastError lockedBy dueAt createdAt startedAt heartbeatAt cancelRequestedAt
       finishedAt } }`,
  parkedMessages: ({ org }) =>
    `{ parkedMessages(orgName: "${org}", service: "action-ingest") { id service queue messageId reason parkedAt bytes } }`,
  contacts: ({ org }) => `{ contacts(orgName: "${org}") { ${action} } }`,
};
