import { customQueuesOf, orgTopology, topologyVersion, type Binding, type OrgRouting } from './org-topology';

const anOrg = (change: Partial<OrgRouting> = {}): OrgRouting => ({
  id: 7,
  name: 'GreenOrg',
  customSupporterConfirm: false,
  moderates: false,
  customActionDeliver: false,
  customEventDeliver: false,
  pushBackend: null,
  eventBackend: null,
  alias: false,
  ...change,
});

/** The rows of processing.md §7.1 and §7.2 for one org, written out from the spec. */
const rows: [what: string, settings: Partial<OrgRouting>, queues: string[], bindings: Binding[]][] = [
  ['nothing', {}, [], []],
  [
    'custom supporter confirm',
    { customSupporterConfirm: true },
    ['GreenOrg.confirm'],
    [{ exchange: 'confirm', key: 'GreenOrg.custom.supporter', queue: 'GreenOrg.confirm' }],
  ],
  [
    'moderation',
    { moderates: true },
    ['GreenOrg.moderate'],
    [{ exchange: 'confirm', key: 'GreenOrg.custom.action', queue: 'GreenOrg.moderate' }],
  ],
  [
    'custom delivery',
    { customActionDeliver: true },
    ['GreenOrg.crm'],
    [{ exchange: 'deliver', key: 'GreenOrg.*.*', queue: 'GreenOrg.crm' }],
  ],
  [
    'custom events',
    { customEventDeliver: true },
    ['GreenOrg.crm'],
    [{ exchange: 'event', key: 'GreenOrg.#', queue: 'GreenOrg.crm' }],
  ],
  [
    'a push webhook',
    { pushBackend: 'webhook' },
    ['GreenOrg.webhook'],
    [{ exchange: 'deliver', key: 'GreenOrg.system.*', queue: 'GreenOrg.webhook' }],
  ],
  [
    'an event webhook',
    { eventBackend: 'webhook' },
    ['GreenOrg.webhook'],
    [{ exchange: 'event', key: 'GreenOrg.#', queue: 'GreenOrg.webhook' }],
  ],
  [
    'push to SQS, a queue of the fleet',
    { pushBackend: 'sqs' },
    [],
    [{ exchange: 'deliver', key: 'GreenOrg.system.*', queue: 'system.sqs' }],
  ],
  ['events to SQS', { eventBackend: 'sqs' }, [], [{ exchange: 'event', key: 'GreenOrg.#', queue: 'system.sqs' }]],
  [
    'actions pushed to SQS and events to a webhook',
    { pushBackend: 'sqs', eventBackend: 'webhook' },
    ['GreenOrg.webhook'],
    [
      { exchange: 'deliver', key: 'GreenOrg.system.*', queue: 'system.sqs' },
      { exchange: 'event', key: 'GreenOrg.#', queue: 'GreenOrg.webhook' },
    ],
  ],
  [
    'everything, under alias names where there are any',
    {
      customSupporterConfirm: true,
      moderates: true,
      customActionDeliver: true,
      customEventDeliver: true,
      pushBackend: 'webhook',
      alias: true,
    },
    ['GreenOrg.webhook', 'cus.7.confirm.action', 'cus.7.confirm.supporter', 'cus.7.deliver'],
    [
      { exchange: 'confirm', key: 'GreenOrg.custom.supporter', queue: 'cus.7.confirm.supporter' },
      { exchange: 'confirm', key: 'GreenOrg.custom.action', queue: 'cus.7.confirm.action' },
      { exchange: 'deliver', key: 'GreenOrg.*.*', queue: 'cus.7.deliver' },
      { exchange: 'event', key: 'GreenOrg.#', queue: 'cus.7.deliver' },
      { exchange: 'deliver', key: 'GreenOrg.system.*', queue: 'GreenOrg.webhook' },
    ],
  ],
];

describe("an org's topology", () => {
  it.each(rows)('with %s', (_what, settings, queues, bindings) => {
    const topology = orgTopology(anOrg(settings));
    expect(topology.queues).toEqual(queues);
    const sorted = (list: Binding[]) =>
      list.map((binding) => JSON.stringify(binding, ['exchange', 'key', 'queue'])).sort();
    expect(sorted(topology.bindings)).toEqual(sorted(bindings));
  });

  it('has native or alias names for one purpose, never both', () => {
    expect(customQueuesOf(anOrg())).toEqual({
      crm: 'GreenOrg.crm',
      confirm: 'GreenOrg.confirm',
      moderate: 'GreenOrg.moderate',
    });
    expect(customQueuesOf(anOrg({ alias: true }))).toEqual({
      crm: 'cus.7.deliver',
      confirm: 'cus.7.confirm.supporter',
      moderate: 'cus.7.confirm.action',
    });
  });

  it('binds no exchange twice to one queue by one key', () => {
    const both = orgTopology(anOrg({ customEventDeliver: true, eventBackend: 'webhook', pushBackend: 'webhook' }));
    const keys = both.bindings.map((binding) => JSON.stringify(binding));
    expect(new Set(keys).size).toBe(keys.length);
    expect(both.queues).toEqual(['GreenOrg.crm', 'GreenOrg.webhook']);
  });
});

describe("a topology's version", () => {
  it('is the same for the same settings', () => {
    expect(topologyVersion(anOrg({ moderates: true }))).toBe(topologyVersion(anOrg({ moderates: true })));
  });

  it.each<[string, Partial<OrgRouting>]>([
    ['the name', { name: 'greenorg' }],
    ['the id', { id: 8 }],
    ['supporter confirm', { customSupporterConfirm: true }],
    ['moderation', { moderates: true }],
    ['delivery', { customActionDeliver: true }],
    ['events', { customEventDeliver: true }],
    ['push to a webhook', { pushBackend: 'webhook' }],
    ['push to SQS', { pushBackend: 'sqs' }],
    ['events to a webhook', { eventBackend: 'webhook' }],
  ])('changes with %s', (_what, change) => {
    expect(topologyVersion(anOrg(change))).not.toBe(topologyVersion(anOrg()));
  });

  it('changes with the alias setting once a queue has one', () => {
    const delivering = anOrg({ customActionDeliver: true });
    expect(topologyVersion({ ...delivering, alias: true })).not.toBe(topologyVersion(delivering));
  });
});
