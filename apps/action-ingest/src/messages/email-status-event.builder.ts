import type { EmailStatusEventV2 } from '@groundswell/contracts';
import type { ActionState, ContactState, SupporterState } from '../storing/batch-state';
import { campaignOf, pageOf, type ActionMessageBuilder, type ActionSurroundings } from './action-message.builder';
import { isoSeconds } from './iso-seconds';

/** The email_status event for one org with a record of the supporter (processing.md §6.3); customFields stay verbatim. */
export function buildEmailStatusEvent(
  builder: ActionMessageBuilder,
  supporter: SupporterState,
  action: ActionState,
  contact: ContactState,
  around: ActionSurroundings,
): EmailStatusEventV2 {
  return {
    schema: 'proca:event:2',
    eventType: 'email_status',
    timestamp: isoSeconds(supporter.emailStatusChangedAt ?? action.acceptedAt),
    orgId: around.collector.id,
    supporter: {
      contact: builder.contactOf(supporter, contact),
      privacy: builder.privacyOf(supporter, contact, false),
      personalInfo: builder.personalInfoOf(contact),
    },
    actionId: action.id,
    action: {
      actionType: action.actionType,
      customFields: action.fields,
      createdAt: isoSeconds(action.acceptedAt),
      testing: action.testing,
    },
    actionPageId: action.pageId,
    actionPage: pageOf(around),
    campaignId: action.campaignId,
    campaign: campaignOf(around.campaign),
    tracking: action.source,
  };
}
