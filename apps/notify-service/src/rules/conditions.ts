import type { RuleConditionV1, RuleTrigger } from '@groundswell/contracts';
import { ruleTriggerFacts, type FieldKind } from './rule-triggers';
import { conditionsAtMost, conditionValuesAtMost, type Fields, type FieldValue } from './rule';

/** Conditions nobody can go by: refused when a rule is saved; what fires later waits in a failed job. */
export class ConditionError extends Error {
  readonly code = 'rules.condition';
}

const longestValue = 255;

/** Throws ConditionError unless these conditions can be asked of the trigger's fields. */
export function checkConditions(trigger: RuleTrigger, conditions: readonly RuleConditionV1[]): void {
  if (conditions.length > conditionsAtMost) throw new ConditionError(`must be at most ${conditionsAtMost}`);
  const { fields } = ruleTriggerFacts[trigger];
  for (const condition of conditions) {
    const kind = Object.hasOwn(fields, condition.field) ? fields[condition.field] : undefined;
    if (kind === undefined) throw new ConditionError(`${trigger} has no field "${condition.field}"`);
    checkCondition(condition, kind);
  }
}

function checkCondition({ field, isOneOf, isNoneOf, atLeast, atMost }: RuleConditionV1, kind: FieldKind): void {
  if ([isOneOf, isNoneOf, atLeast, atMost].every((part) => part === undefined)) {
    throw new ConditionError(`says nothing of "${field}"`);
  }
  if (kind !== 'number' && (atLeast !== undefined || atMost !== undefined)) {
    throw new ConditionError(`"${field}" is no number`);
  }
  for (const values of [isOneOf, isNoneOf]) {
    if (!values) continue;
    if (values.length === 0 || values.length > conditionValuesAtMost) {
      throw new ConditionError(`"${field}" must have 1 to ${conditionValuesAtMost} values`);
    }
    const wrong = values.find((value) => !isValueOf(kind, value));
    if (wrong !== undefined) throw new ConditionError(`"${field}" is never "${wrong.slice(0, longestValue)}"`);
  }
}

function isValueOf(kind: FieldKind, value: string): boolean {
  if (kind === 'number') return /^-?(0|[1-9]\d{0,15})$/.test(value);
  if (kind === 'flag') return value === 'true' || value === 'false';
  return kind === 'text' ? value.length <= longestValue : kind.includes(value);
}

/**
 * Whether all of them hold. Tests (`testing`) count only where a condition names that field. Throws ConditionError where they do
 * not fit the fields: then nobody can say.
 */
export function areMet(conditions: readonly RuleConditionV1[], fields: Fields): boolean {
  const asksForTests = conditions.some(({ field }) => field === 'testing');
  if (fields['testing'] === true && !asksForTests) return false;
  return conditions.every((condition) => isMet(condition, fields));
}

function isMet({ field, isOneOf, isNoneOf, atLeast, atMost }: RuleConditionV1, fields: Fields): boolean {
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (value === undefined) throw new ConditionError(`there is no field "${field}"`);
  if (isOneOf && (value === null || !isOneOf.includes(String(value)))) return false;
  if (isNoneOf && value !== null && isNoneOf.includes(String(value))) return false;
  return isWithin(field, value, atLeast ?? -Infinity, atMost ?? Infinity);
}

function isWithin(field: string, value: FieldValue, least: number, most: number): boolean {
  if (least === -Infinity && most === Infinity) return true;
  if (value === null) return false;
  if (typeof value !== 'number') throw new ConditionError(`"${field}" is no number`);
  return value >= least && value <= most;
}
