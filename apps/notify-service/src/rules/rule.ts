import type { RuleConditionV1, RuleEffect, RuleFieldsV1, RuleTrigger } from '@groundswell/contracts';

export const rulesPerOrg = 50;
export const recipientsAtMost = 10;
export const conditionsAtMost = 20;
export const conditionValuesAtMost = 50;
/** All conditions of a rule as JSON, characters: rules are held in memory. */
export const conditionsLength = 8_192;
export const goalValuesAtMost = 20;
export const longestName = 100;
/** A year. */
export const longestAfterHours = 8_784;

/** What the settings of a trigger are; those it has none of are left out. */
export type RuleSettings = Partial<
  Pick<RuleFieldsV1, 'afterHours' | 'figure' | 'actionType' | 'values' | 'every' | 'resource' | 'schedule'>
>;

/** A rule of an org as it is stored. */
export interface Rule {
  id: number;
  orgId: number;
  /** Null: all campaigns. */
  campaignId: number | null;
  name: string;
  trigger: RuleTrigger;
  settings: RuleSettings;
  conditions: RuleConditionV1[];
  effect: RuleEffect;
  /** None: the org's owners. */
  recipients: string[];
  isEnabled: boolean;
}

export type FieldValue = string | number | boolean | null;
export type Fields = Record<string, FieldValue>;

/** Something that rules may wait for. */
export interface Occurrence {
  trigger: RuleTrigger;
  /** Whose rules may fire. */
  orgIds: readonly number[];
  campaignId: number | null;
  /** The same text is the same thing: a rule fires for it once. */
  subject: string;
  subjectId: number | null;
  fields: Fields;
}

/** What a rule fires for. */
export type NewFiring = Pick<Occurrence, 'campaignId' | 'subject' | 'subjectId' | 'fields'> & { ruleId: number };
