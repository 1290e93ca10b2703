import type {
  ActionEnrichedV1,
  ActionFactV1,
  EndpointDisabledV1,
  FollowUpsClosedV1,
  MailOutcomeV1,
  QueueAlertV1,
  RuleTrigger,
  SupporterMailV1,
} from '@groundswell/contracts';
import { parseCustomId } from '@groundswell/domain';
import type { Occurrence } from './rule';

/** Who leads a campaign; null: nobody, or it is not known. */
export type LeadOf = (campaignId: number) => number | null;

type Statuses = ActionFactV1['after'];

const isAccepted = ({ action }: Statuses): boolean => action === 'accepted' || action === 'delivered';
const isRejected = ({ action, supporter }: Statuses): boolean => action === 'rejected' || supporter === 'rejected';

/** Triggers a state change of an action is for; once each, whatever it went through in one go. */
function triggersOf({ name, before, after }: ActionFactV1): RuleTrigger[] {
  const triggers: RuleTrigger[] = [];
  if (name === 'action.added') triggers.push('action_added');
  if (isAccepted(after) && !(before && isAccepted(before))) triggers.push('action_accepted');
  if (isRejected(after) && !(before && isRejected(before))) triggers.push('action_rejected');
  return triggers;
}

/** For the org of the page, and for the lead. */
const orgsOf = (orgId: number, leadId: number | null): number[] =>
  leadId === null || leadId === orgId ? [orgId] : [orgId, leadId];

export function actionOccurrences(fact: ActionFactV1, leadOf: LeadOf): Occurrence[] {
  const { actionId, campaignId, actionPageId, orgId, actionType, testing, withConsent, area, rank, after } = fact;
  return triggersOf(fact).map((trigger) => ({
    trigger,
    orgIds: orgsOf(orgId, leadOf(campaignId)),
    campaignId,
    subject: `action:${actionId}`,
    subjectId: actionId,
    fields: {
      actionId,
      campaignId,
      actionPageId,
      actionType,
      testing,
      withConsent,
      area,
      rank,
      actionStatus: after.action,
      supporterStatus: after.supporter,
    },
  }));
}

export function enrichedOccurrence(fact: ActionEnrichedV1): Occurrence {
  const { orgId, actionId, campaignId, enrichmentId, kind, status } = fact;
  return {
    trigger: 'action_enriched',
    orgIds: [orgId],
    campaignId,
    subject: `enrichment:${enrichmentId}:${fact.at}`,
    subjectId: actionId,
    fields: { actionId, campaignId, kind, status },
  };
}

const bounces = ['bounce', 'blocked', 'spam', 'unsub'] as const;

/** Where a mail belongs, as far as it is known. */
export interface MailPlace {
  campaignId: number | null;
  actionId: number | null;
  orgIds: readonly number[];
}

/** Message to a target whose mail came to nothing; null for all other news of mails. */
export function bouncedMessage({ customId, outcome }: MailOutcomeV1): number | null {
  const about = parseCustomId(customId);
  return about?.type === 'mtt' && bounces.some((one) => one === outcome) ? about.id : null;
}

export function bounceOccurrence(
  { deliveryId, outcome, ...fact }: MailOutcomeV1 | SupporterMailV1,
  { campaignId, actionId, orgIds }: MailPlace,
): Occurrence {
  const messageId = 'customId' in fact ? (parseCustomId(fact.customId) as { id: number } | null)?.id : null;
  return {
    trigger: 'mail_bounced',
    orgIds,
    campaignId,
    subject: `mail:${deliveryId}:${outcome}`,
    subjectId: actionId,
    fields: {
      deliveryId,
      recipient: 'customId' in fact ? 'target' : 'supporter',
      outcome,
      actionId,
      campaignId,
      messageId: messageId ?? null,
    },
  };
}

export const disabledOccurrence = ({ orgId, serviceId, reason, at }: EndpointDisabledV1): Occurrence => ({
  trigger: 'push_endpoint_disabled',
  orgIds: [orgId],
  campaignId: null,
  subject: `endpoint:${serviceId}:${at}`,
  subjectId: serviceId,
  fields: { serviceId, reason },
});

/** Null for one that is over. */
export const alertOccurrence = ({ orgId, queue, purpose, kind, state, since }: QueueAlertV1): Occurrence | null =>
  state === 'over'
    ? null
    : {
        trigger: 'queue_alert',
        orgIds: [orgId],
        campaignId: null,
        subject: `queue:${queue}:${kind}:${since}`,
        subjectId: null,
        fields: { queue, purpose, kind },
      };

export const closedOccurrences = ({ closed }: FollowUpsClosedV1): Occurrence[] =>
  closed.map(({ itemId, orgId, state, actionId }) => ({
    trigger: 'follow_up_closed',
    orgIds: [orgId],
    campaignId: null,
    subject: `followup:${itemId}`,
    subjectId: itemId,
    fields: { itemId, state, actionId },
  }));
