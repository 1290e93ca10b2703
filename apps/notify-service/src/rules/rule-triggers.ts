import { ruleFigures, ruleResources, type RuleTrigger } from '@groundswell/contracts';
import type { RuleSettings } from './rule';

/** What a field holds; a list is all it can hold. */
export type FieldKind = 'number' | 'text' | 'flag' | readonly string[];

export interface TriggerFacts {
  /** What conditions can ask for, by name; the same fields are in an event. */
  fields: Readonly<Record<string, FieldKind>>;
  /** Settings it must have, and may have. */
  needs: readonly (keyof RuleSettings)[];
  takes?: readonly (keyof RuleSettings)[];
  /** The org as a whole: it cannot be of one campaign. */
  isOfOrg?: true;
}

const actionStatuses = ['new', 'confirming', 'rejected', 'accepted', 'delivered', 'repeat'] as const;
const supporterStatuses = ['new', 'confirming', 'rejected', 'accepted'] as const;

const place = { actionId: 'number', campaignId: 'number', actionPageId: 'number', actionType: 'text' } as const;
const action: TriggerFacts = {
  fields: {
    ...place,
    testing: 'flag',
    withConsent: 'flag',
    area: 'text',
    rank: 'number',
    actionStatus: actionStatuses,
    supporterStatus: supporterStatuses,
  },
  needs: [],
};
const undecided: TriggerFacts = { fields: { ...place, testing: 'flag' }, needs: ['afterHours'] };
const counted = {
  campaignId: 'number',
  figure: ruleFigures,
  actionType: 'text',
  value: 'number',
  count: 'number',
} as const;

/** Every trigger, with its fields and settings (docs/rules.md). */
export const ruleTriggerFacts: Readonly<Record<RuleTrigger, TriggerFacts>> = {
  action_added: action,
  action_accepted: action,
  action_rejected: action,
  action_enriched: {
    fields: {
      actionId: 'number',
      campaignId: 'number',
      kind: ['translate', 'sentiment', 'transcribe', 'label'],
      status: ['complete', 'error', 'timeout'],
    },
    needs: [],
  },
  mail_bounced: {
    fields: {
      deliveryId: 'number',
      recipient: ['supporter', 'target'],
      outcome: ['bounce', 'blocked', 'spam', 'unsub'],
      actionId: 'number',
      campaignId: 'number',
      messageId: 'number',
    },
    needs: [],
  },
  push_endpoint_disabled: { fields: { serviceId: 'number', reason: 'text' }, needs: [], isOfOrg: true },
  queue_alert: {
    fields: {
      queue: 'text',
      purpose: ['crm', 'confirm', 'moderate', 'webhook'],
      kind: ['no_consumer', 'not_moving'],
    },
    needs: [],
    isOfOrg: true,
  },
  follow_up_closed: {
    fields: { itemId: 'number', state: ['done', 'canceled'], actionId: 'number' },
    needs: [],
    isOfOrg: true,
  },
  unconfirmed: undecided,
  unmoderated: undecided,
  unanswered: {
    fields: { messageId: 'number', actionId: 'number', campaignId: 'number', targetId: 'text', testing: 'flag' },
    needs: ['afterHours'],
  },
  goal: { fields: counted, needs: ['figure', 'values'], takes: ['actionType'] },
  milestone: { fields: counted, needs: ['figure', 'every'], takes: ['actionType'] },
  quota: {
    fields: { resource: ruleResources, kind: 'text', percent: 'number', used: 'number', limit: 'number' },
    needs: ['resource', 'values'],
    isOfOrg: true,
  },
  periodic: { fields: {}, needs: ['schedule'] },
};
