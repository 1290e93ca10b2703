import { ruleTriggers, type RuleConditionV1 } from '@groundswell/contracts';
import { areMet, checkConditions, ConditionError } from './conditions';
import type { Fields } from './rule';
import { ruleTriggerFacts } from './rule-triggers';

const fields: Fields = { actionId: 7, actionType: 'register', area: null, rank: 2, testing: false, withConsent: true };
const test: Fields = { ...fields, testing: true };

it.each<[string, RuleConditionV1[], Fields, boolean]>([
  ['nothing asked', [], fields, true],
  ['a test, without being asked', [], test, false],
  ['a test, asked for', [{ field: 'testing', isOneOf: ['true'] }], test, true],
  ['one of', [{ field: 'actionType', isOneOf: ['donate', 'register'] }], fields, true],
  ['not one of', [{ field: 'actionType', isOneOf: ['donate'] }], fields, false],
  ['none of', [{ field: 'actionType', isNoneOf: ['donate'] }], fields, true],
  ['not none of', [{ field: 'actionType', isNoneOf: ['register'] }], fields, false],
  ['a number as text', [{ field: 'actionId', isOneOf: ['7'] }], fields, true],
  ['a flag as text', [{ field: 'withConsent', isOneOf: ['true'] }], fields, true],
  ['what is not known is none of any', [{ field: 'area', isNoneOf: ['PL'] }], fields, true],
  ['and one of none', [{ field: 'area', isOneOf: ['null', ''] }], fields, false],
  ['at least, exactly', [{ field: 'rank', atLeast: 2 }], fields, true],
  ['at least', [{ field: 'rank', atLeast: 3 }], fields, false],
  ['at most', [{ field: 'rank', atMost: 1 }], fields, false],
  ['within', [{ field: 'rank', atLeast: 1, atMost: 2 }], fields, true],
  [
    'all must hold',
    [
      { field: 'rank', atMost: 2 },
      { field: 'actionId', isOneOf: ['8'] },
    ],
    fields,
    false,
  ],
])('%s', (_, conditions, of, expected) => {
  expect(areMet(conditions, of)).toBe(expected);
});

it.each<RuleConditionV1>([
  { field: 'gone', isOneOf: ['1'] },
  { field: 'constructor', isNoneOf: ['1'] },
  { field: 'actionType', atLeast: 1 },
])('%j cannot be asked of these fields, so nothing is said', (condition) => {
  expect(() => areMet([condition], fields)).toThrow(ConditionError);
});

describe('a rule is refused with', () => {
  it.each<[string, RuleConditionV1]>([
    ['a field the trigger does not have', { field: 'serviceId', isOneOf: ['1'] }],
    ['a field of every object', { field: 'toString', isOneOf: ['1'] }],
    ['nothing said of a field', { field: 'area' }],
    ['no value', { field: 'area', isOneOf: [] }],
    ['a text as number', { field: 'actionId', isOneOf: ['1 or true'] }],
    ['a status that there is not', { field: 'actionStatus', isOneOf: ['done'] }],
    ['a flag that is none', { field: 'testing', isOneOf: ['yes'] }],
    ['a text compared with a number', { field: 'actionType', atLeast: 3 }],
    ['too many values', { field: 'area', isOneOf: Array.from({ length: 51 }, (_unused, n) => `A${n}`) }],
  ])('%s', (_, condition) => {
    expect(() => checkConditions('action_added', [condition])).toThrow(ConditionError);
  });

  it('too many conditions', () => {
    const one: RuleConditionV1 = { field: 'area', isOneOf: ['PL'] };
    expect(() =>
      checkConditions(
        'action_added',
        Array.from({ length: 20 }, () => one),
      ),
    ).not.toThrow();
    expect(() =>
      checkConditions(
        'action_added',
        Array.from({ length: 21 }, () => one),
      ),
    ).toThrow(ConditionError);
  });
});

it('every trigger has its fields', () => {
  expect(Object.keys(ruleTriggerFacts).sort()).toEqual([...ruleTriggers].sort());
});
