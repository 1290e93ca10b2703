import type { ActionFactV1, RuleTrigger } from '@groundswell/contracts';
import { actionOccurrences, alertOccurrence, bouncedMessage } from './occurrences';

const fact: ActionFactV1 = {
  name: 'action.changed',
  actionId: 7,
  supporterId: 8,
  campaignId: 21,
  actionPageId: 31,
  orgId: 11,
  actionType: 'register',
  testing: false,
  withConsent: true,
  area: 'PL',
  before: { action: 'new', supporter: 'confirming' },
  after: { action: 'accepted', supporter: 'accepted' },
  rank: 0,
  at: '2026-11-20T10:00:00.000Z',
};

type Statuses = ActionFactV1['after'];
const nobody = { supporter: null };

it.each<[string, Statuses | null, Statuses, RuleTrigger[]]>([
  ['stored and waiting', null, { action: 'new', supporter: 'confirming' }, ['action_added']],
  ['stored and delivered in one go', null, { action: 'delivered', ...nobody }, ['action_added', 'action_accepted']],
  ['accepted', { action: 'new', ...nobody }, { action: 'accepted', ...nobody }, ['action_accepted']],
  ['delivered after that', { action: 'accepted', ...nobody }, { action: 'delivered', ...nobody }, []],
  [
    'rejected by a moderator',
    { action: 'confirming', ...nobody },
    { action: 'rejected', ...nobody },
    ['action_rejected'],
  ],
  [
    'rejected by the supporter',
    { action: 'new', supporter: 'confirming' },
    { action: 'new', supporter: 'rejected' },
    ['action_rejected'],
  ],
  ['rejected twice', { action: 'new', supporter: 'rejected' }, { action: 'rejected', supporter: 'rejected' }, []],
  ['a repeat', null, { action: 'repeat', ...nobody }, ['action_added']],
])('an action %s', (_, before, after, triggers) => {
  const name = before ? 'action.changed' : 'action.added';
  const found = actionOccurrences({ ...fact, name, before, after }, () => null);
  expect(found.map(({ trigger }) => trigger)).toEqual(triggers);
});

it.each([
  [null, [11]],
  [11, [11]],
  [12, [11, 12]],
])('concerns the org of the page and the lead (%j)', (lead, orgIds) => {
  expect(actionOccurrences(fact, () => lead)).toMatchObject([{ orgIds, campaignId: 21, subject: 'action:7' }]);
});

it.each([
  ['mtt:901', 'bounce', 901],
  ['mtt:901', 'delivered', null],
  ['mtt:901', 'soft_bounce', null],
  ['action:901', 'bounce', null],
] as const)('of %s %s is a bounce of %j', (customId, outcome, expected) => {
  const { at } = fact;
  const told = { schema: 'groundswell:mail-outcome:1', customId, deliveryId: 1, outcome, error: null, at } as const;
  expect(bouncedMessage(told)).toBe(expected);
});

it('an alert that is over is none', () => {
  const alert = {
    schema: 'groundswell:queue-alert:1',
    orgId: 11,
    queue: 'green.crm',
    purpose: 'crm',
    kind: 'not_moving',
    since: fact.at,
  } as const;
  expect(alertOccurrence({ ...alert, state: 'over' })).toBeNull();
  expect(alertOccurrence({ ...alert, state: 'raised' })).toMatchObject({ orgIds: [11], trigger: 'queue_alert' });
});
