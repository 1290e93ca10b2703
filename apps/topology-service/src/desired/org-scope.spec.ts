import type { OrgRouting } from '@groundswell/contracts';
import { formerNames, mayBeDeleted, orgIdOf, orgScope, ownQueueNames } from './org-scope';

const routing = (changes: Partial<OrgRouting> = {}): OrgRouting => ({
  id: 7,
  name: 'green',
  customSupporterConfirm: false,
  moderates: false,
  customActionDeliver: false,
  customEventDeliver: false,
  pushBackend: null,
  eventBackend: null,
  alias: false,
  ...changes,
});
const paths = (changes: Partial<OrgRouting>, former: string[] = []) =>
  orgScope(routing(changes), former).bindings.map(({ exchange, key, queue }) => `${exchange} ${key} → ${queue}`);

describe('orgScope', () => {
  it.each<[Partial<OrgRouting>, string[]]>([
    [{}, []],
    [
      { customSupporterConfirm: true },
      ['confirm green.custom.supporter → green.confirm', 'system.retry green.confirm → green.confirm'],
    ],
    [
      { moderates: true },
      ['confirm green.custom.action → green.moderate', 'system.retry green.moderate → green.moderate'],
    ],
    [{ customActionDeliver: true }, ['deliver green.*.* → green.crm', 'system.retry green.crm → green.crm']],
    [{ customEventDeliver: true }, ['event green.# → green.crm', 'system.retry green.crm → green.crm']],
    [{ pushBackend: 'sqs' }, ['deliver green.system.* → system.sqs']],
    [{ eventBackend: 'sqs' }, ['event green.# → system.sqs']],
    [
      { pushBackend: 'webhook' },
      ['deliver green.system.* → green.webhook', 'system.retry green.webhook → green.webhook'],
    ],
    [
      { customActionDeliver: true, alias: true },
      ['deliver green.*.* → cus.7.deliver', 'system.retry cus.7.deliver → cus.7.deliver'],
    ],
  ])('with %j binds %j', (changes, expected) => {
    expect(paths(changes)).toEqual(expected);
  });

  it('leads what carries a former name to the present queues', () => {
    expect(paths({ customActionDeliver: true, pushBackend: 'sqs' }, ['old'])).toEqual([
      'deliver green.*.* → green.crm',
      'deliver green.system.* → system.sqs',
      'deliver old.*.* → green.crm',
      'deliver old.system.* → system.sqs',
      'system.retry green.crm → green.crm',
    ]);
  });
});

describe('formerNames', () => {
  const bound = [
    { exchange: 'deliver', queue: 'older.crm', key: 'older.*.*' },
    { exchange: 'event', queue: 'old.crm', key: 'old.#' },
    { exchange: 'deliver', queue: 'green.crm', key: 'green.*.*' },
    { exchange: 'system.retry', queue: 'odd.crm', key: 'odd.crm' },
  ];

  it('are the names it was bound under, not the present one and not the way home', () => {
    expect(formerNames('green', bound, () => false)).toEqual(['old', 'older']);
  });

  it('leave out what another org is called by now', () => {
    expect(formerNames('green', bound, (name) => name === 'old')).toEqual(['older']);
  });

  it('know a name that only changed its spelling', () => {
    expect(formerNames('Green', bound, (name) => name !== 'green')).toEqual(['green']);
  });
});

describe('mayBeDeleted', () => {
  it.each([
    ['green.crm', true],
    ['cus.7.deliver', true],
    ['green.confirm', false],
    ['green.moderate', false],
    ['green.webhook', false],
    ['cus.7.confirm.supporter', false],
    ['old.crm', true],
    ['old.confirm', true],
  ])('%s: %s', (queue, expected) => {
    expect(mayBeDeleted({ id: 7, name: 'green' }, queue)).toBe(expected);
  });
});

it('an org owns seven names', () => {
  expect(ownQueueNames({ id: 7, name: 'green' })).toEqual([
    'green.crm',
    'green.confirm',
    'green.moderate',
    'cus.7.deliver',
    'cus.7.confirm.supporter',
    'cus.7.confirm.action',
    'green.webhook',
  ]);
});

it.each([
  ['org:12', 12],
  ['system', null],
  ['org:x', null],
])('scope %s is of org %s', (scope, id) => {
  expect(orgIdOf(scope)).toBe(id);
});
