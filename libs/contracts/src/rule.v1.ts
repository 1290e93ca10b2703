import { z } from 'zod';

/** What a rule of an org waits for (docs/rules.md). */
export const ruleTriggers = [
  'action_added',
  'action_accepted',
  'action_rejected',
  'action_enriched',
  'mail_bounced',
  'push_endpoint_disabled',
  'queue_alert',
  'follow_up_closed',
  'unconfirmed',
  'unmoderated',
  'unanswered',
  'goal',
  'milestone',
  'quota',
  'periodic',
] as const;
export type RuleTrigger = (typeof ruleTriggers)[number];

/** What it does then: a mail to people, an event to the org's event backend, or a mail with figures of campaigns. */
export const ruleEffects = ['mail', 'webhook', 'digest'] as const;
export type RuleEffect = (typeof ruleEffects)[number];

export const ruleFigures = ['supporters', 'actions'] as const;
export const ruleResources = ['mail', 'enrichment'] as const;

const count = z.number().int();

/** All that is given must hold of a field of the trigger. */
export const ruleConditionV1 = z.object({
  field: z.string(),
  isOneOf: z.array(z.string()).optional(),
  isNoneOf: z.array(z.string()).optional(),
  atLeast: count.optional(),
  atMost: count.optional(),
});
export type RuleConditionV1 = z.infer<typeof ruleConditionV1>;

/** What people say of a rule; which of it a trigger needs is docs/rules.md. */
export const ruleFieldsV1 = z.object({
  name: z.string(),
  /** Null: all campaigns. */
  campaignId: count.nullable(),
  conditions: z.array(ruleConditionV1),
  afterHours: count.nullable(),
  figure: z.enum(ruleFigures).nullable(),
  actionType: z.string().nullable(),
  values: z.array(count).nullable(),
  every: count.nullable(),
  resource: z.enum(ruleResources).nullable(),
  /** Cron expression, in the org's time zone. */
  schedule: z.string().nullable(),
  effect: z.enum(ruleEffects),
  /** Addresses; none: the org's owners. */
  recipients: z.array(z.string()),
  isEnabled: z.boolean(),
});
export type RuleFieldsV1 = z.infer<typeof ruleFieldsV1>;

/** `unchanged`: it was so before. */
export const ruleAnswerV1 = z.object({ ruleId: count, outcome: z.enum(['changed', 'unchanged']) });
export type RuleAnswerV1 = z.infer<typeof ruleAnswerV1>;

/** Codes of refusals. */
export const ruleRefusals = {
  notFound: 'rule.not_found',
  /** Its text begins with the name of the field and a colon. */
  invalid: 'rule.invalid',
  nameTaken: 'rule.name_taken',
  tooMany: 'rule.too_many',
} as const;
