import {
  decideSupporterMail,
  formatCustomId,
  mailRetrySpanMs,
  messageMailFacts,
  supporterMailLinks,
  supporterMailPurpose,
  supporterVariables,
  type NoMailReason,
} from '@groundswell/domain';
import { decodeRef } from '@groundswell/crypto';
import type { Envelope } from '@groundswell/messaging';
import { keptTraceHeaders } from '@groundswell/observability';
import { reminderOfMessage } from '@groundswell/contracts';
import type { Catalogue } from '@groundswell/persistence';
import type { DeliveryDraft } from '../deliveries/delivery';
import type { SupporterAction } from './supporter-action';

export type DraftOutcome =
  | { kind: 'draft'; draft: DeliveryDraft }
  | { kind: 'no mail'; reason: NoMailReason }
  /** The catalogue is older than the message. */
  | { kind: 'unknown page' };

export type Known = Pick<Catalogue, 'orgs' | 'campaigns' | 'pages'>;

/** The mail one message brings its supporter, as a row to be. */
export function supporterDraft(
  message: SupporterAction,
  { orgId, headers, messageId, trace }: Pick<Envelope, 'orgId' | 'headers' | 'messageId' | 'trace'>,
  { catalogue, publicUrl }: { catalogue: Known; publicUrl: string },
): DraftOutcome {
  // The lead's copy is for the lead: known without the page.
  if (orgId !== undefined && orgId !== message.orgId) return { kind: 'no mail', reason: 'not the collector' };
  const page = catalogue.pages.get(message.actionPageId);
  const org = catalogue.orgs.get(message.orgId);
  if (!page || !org) return { kind: 'unknown page' };
  const campaign = catalogue.campaigns.get(page.campaignId);
  const decision = decideSupporterMail({
    ...messageMailFacts(message),
    isCollector: true,
    isUnmailed: headers['no_mail'] === true,
    org: { hasEmailBackend: org.emailBackendId !== null, emailFrom: org.emailFrom, doiThankYou: org.doiThankYou },
    templates: {
      thankYou: page.thankYouTemplate,
      duplicate: page.duplicateTemplate,
      confirm: {
        page: page.supporterConfirmTemplate,
        campaign: campaign?.supporterConfirmTemplate ?? null,
        org: org.supporterConfirmTemplate,
      },
    },
  });
  if (decision.mail === null) return { kind: 'no mail', reason: decision.reason };
  const { mail, template } = decision;
  const reminder = reminderOfMessage(messageId);
  const kind = reminder === null ? decision.kind : 'reminder';
  const { actionId, contact } = message;
  const contactRef = message.schema === 'proca:action:2' ? message.contact.contactRef : message.contact.ref;
  const acceptedAt = new Date(message.action.createdAt);
  const links = supporterMailLinks(publicUrl, { mail, actionId, contactRef, isReminder: reminder !== null });
  return {
    kind: 'draft',
    draft: {
      purpose: supporterMailPurpose({ kind, actionId, reminder, requeue: requeueOf(messageId) }),
      kind,
      customId: formatCustomId({ type: 'action', id: actionId }),
      orgId: org.id,
      campaignId: page.campaignId,
      pageId: page.id,
      actionId,
      ref: decodeRef(contactRef),
      acceptedAt,
      template,
      locale: page.locale,
      recipient: { email: contact.email ?? '', name: contact.firstName },
      variables: supporterVariables(message, null, links),
      notBefore: null,
      // From now, since what a person asked for again may be old.
      notAfter: new Date(Date.now() + mailRetrySpanMs),
      trace: keptTraceHeaders(trace).traceparent ?? null,
    },
  };
}

/** A requeue by a person is a new purpose (processing.md §7.5). */
function requeueOf(messageId: string): number | null {
  const match = /:r([0-9]+)$/.exec(messageId);
  return match ? Number(match[1]) : null;
}
