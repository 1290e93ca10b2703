import type { RuleFieldsV1, RuleTrigger } from '@groundswell/contracts';
import { checkEmail, isStorableText } from '@groundswell/domain';
import type { Catalogue, CatalogueOrg } from '@groundswell/persistence';
import { CalendarError, readCalendar } from './calendar';
import { checkConditions, ConditionError } from './conditions';
import {
  conditionsLength,
  goalValuesAtMost,
  longestAfterHours,
  longestName,
  recipientsAtMost,
  type RuleSettings,
} from './rule';
import { ruleTriggerFacts } from './rule-triggers';

/** What is wrong with a rule somebody wants to save. */
export class RuleFieldError extends Error {
  readonly code = 'rules.field';

  constructor(
    readonly field: keyof RuleFieldsV1,
    readonly problem: string,
  ) {
    super(`${field}: ${problem}`);
  }
}

type Known = Pick<Catalogue, 'campaigns' | 'pagesOfOrg' | 'services'>;

const settingNames = ['afterHours', 'figure', 'actionType', 'values', 'every', 'resource', 'schedule'] as const;
/** Below that a milestone is a mail for a handful of people. */
const leastEvery = 10;
const longestActionType = 255;

/** Throws RuleFieldError for a rule nobody could go by. */
export function checkRule(catalogue: Known, org: CatalogueOrg, trigger: RuleTrigger, rule: RuleFieldsV1): void {
  if (rule.name.trim() === '' || rule.name.length > longestName || !isStorableText(rule.name)) {
    throw new RuleFieldError('name', `must be text of 1 to ${longestName} characters`);
  }
  checkSettings(trigger, rule);
  checkCampaign(catalogue, org.id, trigger, rule.campaignId);
  checkEffect(catalogue, org, trigger, rule);
  checkConditionsText(JSON.stringify(rule.conditions));
  try {
    checkConditions(trigger, rule.conditions);
  } catch (error) {
    throw error instanceof ConditionError ? new RuleFieldError('conditions', error.message) : error;
  }
}

function checkConditionsText(json: string): void {
  if (!isStorableText(json)) throw new RuleFieldError('conditions', 'is invalid');
  if (json.length > conditionsLength) {
    throw new RuleFieldError('conditions', `must be at most ${conditionsLength} characters in all`);
  }
}

/** The settings of a rule that was checked. */
export const settingsOf = (rule: RuleFieldsV1): RuleSettings =>
  Object.fromEntries(settingNames.flatMap((name) => (rule[name] === null ? [] : [[name, rule[name]]])));

function checkSettings(trigger: RuleTrigger, rule: RuleFieldsV1): void {
  const { needs, takes = [] } = ruleTriggerFacts[trigger];
  for (const name of settingNames) {
    if (rule[name] === null && needs.includes(name)) throw new RuleFieldError(name, `is needed by ${trigger}`);
    if (rule[name] !== null && ![...needs, ...takes].includes(name)) {
      throw new RuleFieldError(name, `has no meaning for ${trigger}`);
    }
  }
  const { afterHours, figure, actionType, every, values, schedule } = rule;
  if (afterHours !== null) checkNumber('afterHours', afterHours, 1, longestAfterHours);
  if (every !== null) checkNumber('every', every, leastEvery, Number.MAX_SAFE_INTEGER);
  if (values !== null) checkValues(values, trigger === 'quota' ? 100 : Number.MAX_SAFE_INTEGER);
  if (actionType !== null) checkActionType(figure, actionType);
  if (schedule !== null) checkSchedule(schedule);
}

function checkNumber(field: keyof RuleFieldsV1, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RuleFieldError(field, `must be a whole number from ${least} to ${most}`);
  }
}

function checkValues(values: readonly number[], most: number): void {
  if (values.length === 0 || values.length > goalValuesAtMost) {
    throw new RuleFieldError('values', `must be 1 to ${goalValuesAtMost} numbers`);
  }
  for (const value of values) checkNumber('values', value, 1, most);
}

function checkActionType(figure: RuleFieldsV1['figure'], actionType: string): void {
  if (figure !== 'actions') throw new RuleFieldError('actionType', 'has no meaning for supporters');
  if (actionType === '' || actionType.length > longestActionType || !isStorableText(actionType)) {
    throw new RuleFieldError('actionType', 'is invalid');
  }
}

function checkSchedule(schedule: string): void {
  try {
    readCalendar(schedule);
  } catch (error) {
    throw error instanceof CalendarError ? new RuleFieldError('schedule', error.message) : error;
  }
}

function checkCampaign(catalogue: Known, orgId: number, trigger: RuleTrigger, campaignId: number | null): void {
  if (campaignId === null) return;
  if (ruleTriggerFacts[trigger].isOfOrg) throw new RuleFieldError('campaignId', `has no meaning for ${trigger}`);
  const campaign = catalogue.campaigns.get(campaignId);
  const isIn = catalogue.pagesOfOrg(orgId).some((page) => page.campaignId === campaignId && page.deletedAt === null);
  if (!campaign || campaign.deletedAt !== null || (campaign.orgId !== orgId && !isIn)) {
    throw new RuleFieldError('campaignId', 'is no campaign of the org');
  }
}

function checkEffect(catalogue: Known, org: CatalogueOrg, trigger: RuleTrigger, rule: RuleFieldsV1): void {
  const { effect, recipients } = rule;
  if ((effect === 'digest') !== (trigger === 'periodic')) {
    throw new RuleFieldError('effect', 'digest goes with periodic, and the others with the other triggers');
  }
  if (effect === 'webhook') {
    if (recipients.length > 0) throw new RuleFieldError('recipients', 'has no meaning for a webhook');
    if (!takesEvents(catalogue, org)) throw new RuleFieldError('effect', 'the org has nothing that takes events');
  }
  if (recipients.length > recipientsAtMost) {
    throw new RuleFieldError('recipients', `must be at most ${recipientsAtMost}`);
  }
  if (recipients.some((address) => address === '' || checkEmail(address) !== null || !isStorableText(address))) {
    throw new RuleFieldError('recipients', 'must be email addresses');
  }
}

/** Whether somebody reads the org's events: its event backend, or its own software at ORG.crm. */
export function takesEvents(catalogue: Pick<Catalogue, 'services'>, org: CatalogueOrg): boolean {
  const backend = org.eventBackendId === null ? undefined : catalogue.services.get(org.eventBackendId);
  return backend !== undefined || org.customEventDeliver;
}
