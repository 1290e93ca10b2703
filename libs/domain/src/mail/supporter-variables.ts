import type { TrackingSource } from '../tracking/tracking-source';
import type { MailMessage } from './mail-message';
import type { SupporterMailLinks } from './supporter-mail-links';
import { camelCaseName, camelCaseVariables, percentEncode, variantTokens, type Variables } from './template-variables';

/** Counters of the campaign; what they do not name counts 0. */
export interface MailStats {
  supporterCount: number;
  byOrg: ReadonlyMap<number, number>;
  byArea: ReadonlyMap<string, number>;
  actionCount: ReadonlyMap<string, number>;
}

/** Names no custom field may take, also flattened and where this mail has no such variable: a form must not put its own
 *  link where a template has ours. */
const reservedNames: ReadonlySet<string> = new Set(
  `
  ref firstName lastName email isDupe org orgName orgTitle campaign campaignName campaignTitle campaignStats
  campaignStatsSupporterCount campaignStatsSupporterCountByOrg campaignStatsSupporterCountByArea
  campaignStatsActionCount actionPage actionPageName actionPageLocale actionId actionType isActionType
  createdAt tracking trackingSource trackingMedium trackingCampaign trackingContent trackingLocation
  trackingEncodedLocation trackingEncodedContent variant privacy privacyOptIn privacyGivenAt privacyEmailStatus
  privacyEmailStatusChanged privacyWithConsent privacyCommunication fields confirmLink doiLink rejectLink test
  debug
`
    .trim()
    .split(/\s+/),
);

/** What templates of supporter mails see (email-and-mtt.md 2.4), named as for rendering here. Built-ins come after the
 *  custom fields, so they also win once flattened. */
export function supporterVariables(
  message: MailMessage,
  stats: MailStats | null,
  { confirmLink, doiLink, rejectLink }: SupporterMailLinks,
): Variables {
  const { action, actionPage, actionId, org } = message;
  const fields = message.schema === 'proca:action:2' ? message.action.customFields : message.action.fields;
  const variables = {
    ...topLevel(fields),
    fields: camelCaseVariables(fields),
    ...personOf(message),
    org: { name: org.name, title: org.title },
    campaign: campaignOf(message, stats),
    actionPage: { name: actionPage.name, locale: actionPage.locale },
    actionId,
    actionType: action.actionType,
    isActionType: { [camelCaseName(action.actionType)]: true },
    createdAt: action.createdAt.replace('T', ' '),
    tracking: trackingOf(message.tracking),
    variant: variantTokens(message.tracking?.content ?? ''),
    privacy: privacyOf(message),
    confirmLink,
    doiLink,
    ...(rejectLink !== null && { rejectLink }),
    test: action.testing,
  };
  return action.testing ? { ...variables, debug: debugOf(variables) } : variables;
}

const topLevel = (fields: Record<string, unknown>): Variables =>
  Object.fromEntries(
    Object.entries(camelCaseVariables(fields)).filter(([name, value]) => value != null && !reservedNames.has(name)),
  );

function personOf(message: MailMessage): Variables {
  const { firstName, email } = message.contact;
  const shared = { firstName: firstName ?? '', email: email ?? '' };
  if (message.schema === 'proca:action:1') return { ...shared, ref: message.contact.ref, lastName: '', isDupe: false };
  const { contactRef, lastName, dupeRank } = message.contact;
  const isClear = message.personalInfo === null;
  return {
    ...shared,
    ref: contactRef,
    lastName: isClear && typeof lastName === 'string' ? lastName : '',
    isDupe: (dupeRank ?? 0) > 0,
  };
}

function campaignOf({ campaign, contact, orgId }: MailMessage, stats: MailStats | null): Variables {
  return {
    name: campaign.name,
    title: campaign.title,
    stats: {
      supporterCount: stats?.supporterCount ?? 0,
      supporterCountByOrg: stats?.byOrg.get(orgId) ?? 0,
      supporterCountByArea: stats?.byArea.get(contact.area ?? '') ?? 0,
      actionCount: camelCaseVariables(Object.fromEntries(stats?.actionCount ?? [])),
    },
  };
}

function trackingOf(tracking: TrackingSource | null): Variables {
  if (!tracking) return { source: null, medium: null, campaign: null, content: null, location: null };
  const { source, medium, campaign, content, location } = tracking;
  return {
    ...{ source, medium, campaign, content, location },
    encodedLocation: percentEncode(location),
    encodedContent: percentEncode(content),
  };
}

function privacyOf(message: MailMessage): Variables {
  if (message.schema === 'proca:action:1') {
    return { communication: message.privacy?.communication ?? null, givenAt: message.privacy?.givenAt ?? null };
  }
  const { optIn = null, givenAt = null, emailStatus, emailStatusChanged, withConsent } = message.privacy;
  return { optIn, givenAt, emailStatus, emailStatusChanged, withConsent };
}

/** Printed raw by some templates, so nothing in it may end the element. */
const debugOf = (variables: Variables): string =>
  `<pre>${JSON.stringify(variables, null, 2).replace(/[<>&]/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)}</pre>`;
