import type { RuleFieldsV1, RuleTrigger } from '@groundswell/contracts';
import type { Catalogue, CatalogueOrg } from '@groundswell/persistence';
import { goalValuesAtMost, recipientsAtMost, rulesPerOrg } from './rule';
import { checkRule, RuleFieldError, settingsOf } from './rule-check';

const org = { id: 1, eventBackendId: 5, customEventDeliver: false } as CatalogueOrg;
const silent = { ...org, eventBackendId: null };
const campaigns = new Map([
  [10, { id: 10, orgId: 1, deletedAt: null }],
  [11, { id: 11, orgId: 2, deletedAt: null }],
  [12, { id: 12, orgId: 2, deletedAt: null }],
  [13, { id: 13, orgId: 1, deletedAt: new Date() }],
]);
/** Leads 10 and the deleted 13, and has a page in 11. */
const catalogue = {
  campaigns,
  services: new Map([[5, { id: 5, orgId: 1, name: 'webhook' }]]),
  pagesOfOrg: () => [{ id: 1, campaignId: 11, deletedAt: null }],
} as unknown as Pick<Catalogue, 'campaigns' | 'pagesOfOrg' | 'services'>;

const plain: RuleFieldsV1 = {
  name: 'Tell us',
  campaignId: null,
  conditions: [],
  afterHours: null,
  figure: null,
  actionType: null,
  values: null,
  every: null,
  resource: null,
  schedule: null,
  effect: 'mail',
  recipients: [],
  isEnabled: true,
};
const many = (count: number, value: string): string[] => Array.from({ length: count }, () => value);

it.each<[string, RuleTrigger, Partial<RuleFieldsV1>, keyof RuleFieldsV1]>([
  ['no name', 'action_added', { name: ' ' }, 'name'],
  ['a long name', 'action_added', { name: 'x'.repeat(101) }, 'name'],
  ['text that is not stored', 'action_added', { name: 'a\u0000b' }, 'name'],
  ['a field the trigger has not', 'action_added', { conditions: [{ field: 'reason', isOneOf: ['x'] }] }, 'conditions'],
  [
    'conditions that fill the memory',
    'action_added',
    { conditions: [{ field: 'actionType', isOneOf: many(40, 'x'.repeat(250)) }] },
    'conditions',
  ],
  ['no hours', 'unmoderated', {}, 'afterHours'],
  ['no time at all', 'unmoderated', { afterHours: 0 }, 'afterHours'],
  ['years', 'unmoderated', { afterHours: 10_000 }, 'afterHours'],
  ['a setting of another trigger', 'action_added', { schedule: '0 8 * * *' }, 'schedule'],
  ['no figure', 'goal', { values: [1] }, 'figure'],
  ['no values', 'goal', { figure: 'supporters', values: [] }, 'values'],
  [
    'too many values',
    'goal',
    { figure: 'supporters', values: Array.from({ length: goalValuesAtMost + 1 }, () => 1) },
    'values',
  ],
  ['a goal of nothing', 'goal', { figure: 'supporters', values: [0] }, 'values'],
  ['an action type of supporters', 'goal', { figure: 'supporters', values: [1], actionType: 'share' }, 'actionType'],
  ['a milestone for each', 'milestone', { figure: 'actions', every: 1 }, 'every'],
  ['percents above 100', 'quota', { resource: 'mail', values: [101] }, 'values'],
  ['a run every minute', 'periodic', { effect: 'digest', schedule: '* * * * *' }, 'schedule'],
  ['a mail of a periodic one', 'periodic', { schedule: '0 8 * * *' }, 'effect'],
  ['a digest of a fact', 'action_added', { effect: 'digest' }, 'effect'],
  ['addresses of a webhook', 'action_added', { effect: 'webhook', recipients: ['a@example.org'] }, 'recipients'],
  ['no address', 'action_added', { recipients: ['nobody'] }, 'recipients'],
  ['an empty address', 'action_added', { recipients: [''] }, 'recipients'],
  ['too many addresses', 'action_added', { recipients: many(recipientsAtMost + 1, 'a@example.org') }, 'recipients'],
  ['a campaign of others', 'action_added', { campaignId: 12 }, 'campaignId'],
  ['a deleted campaign', 'action_added', { campaignId: 13 }, 'campaignId'],
  ['an unknown campaign', 'action_added', { campaignId: 14 }, 'campaignId'],
  ['one campaign of a queue', 'queue_alert', { campaignId: 10 }, 'campaignId'],
])('a rule with %s is refused', (_, trigger, fields, field) => {
  const check = () => checkRule(catalogue, org, trigger, { ...plain, ...fields });
  expect(check).toThrow(RuleFieldError);
  expect(check).toThrow(expect.objectContaining({ field }));
});

it.each<[RuleTrigger, Partial<RuleFieldsV1>]>([
  ['action_added', { effect: 'webhook', campaignId: 10 }],
  ['action_rejected', { recipients: many(recipientsAtMost, 'a@example.org'), campaignId: 11 }],
  ['unanswered', { afterHours: 48, conditions: [{ field: 'testing', isOneOf: ['false'] }] }],
  ['milestone', { figure: 'actions', every: 1_000, actionType: 'share' }],
  ['quota', { resource: 'enrichment', values: [80, 100] }],
  ['periodic', { effect: 'digest', schedule: '0 8 31 * *' }],
])('%s with %j is taken', (trigger, fields) => {
  expect(() => checkRule(catalogue, org, trigger, { ...plain, ...fields })).not.toThrow();
});

it('a webhook needs somebody who takes events', () => {
  const rule: RuleFieldsV1 = { ...plain, effect: 'webhook' };
  expect(() => checkRule(catalogue, silent, 'action_added', rule)).toThrow(
    expect.objectContaining({ field: 'effect' }),
  );
  const atCrm = { ...silent, customEventDeliver: true };
  expect(() => checkRule(catalogue, atCrm, 'action_added', rule)).not.toThrow();
});

it('keeps the settings it has, and an org has so many rules', () => {
  expect(settingsOf({ ...plain, afterHours: 3 })).toEqual({ afterHours: 3 });
  expect(rulesPerOrg).toBe(50);
});
