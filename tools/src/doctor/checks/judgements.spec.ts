import { exchanges } from '@groundswell/contracts';
import type { TableOwnership } from '@groundswell/persistence';
import { migrationNames } from '@groundswell/persistence';
import type { Finding } from '../check';
import type { BrokerNode, BrokerQueue } from '../sources/broker';
import { clockFindings } from './clocks.check';
import { counterFindings } from './counters.check';
import { grantFindings, type Privileges } from './grants.check';
import { schemaFindings } from './migrations.check';
import { mirrorFindings } from './mirror.check';
import { nodeFindings } from './nodes.check';
import { quorumFindings } from './quorum.check';
import { releaseFindings } from './releases.check';
import { readyFindings } from './services.check';
import { topologyFindings, type BrokerLists } from './topology.check';
import { unreadFindings } from './unread.check';

const told = (findings: readonly Finding[]): string[] =>
  findings.map(({ severity, about, says }) => `${severity} ${about}: ${says}`);

describe('nodes of the broker', () => {
  const node = (name: string, change: Partial<BrokerNode> = {}): BrokerNode => ({ name, running: true, ...change });
  const three = [node('a'), node('b'), node('c')];

  it.each<[string, BrokerNode[], boolean, string[]]>([
    ['three that run', three, true, []],
    ['one, by choice', [node('a')], false, ['notice nodes: 1 of at least 3: the loss of a disk loses what waits']],
    ['one of a cluster', [node('a')], true, ['fault nodes: 1 of at least 3: the loss of a disk loses what waits']],
    ['one that stopped', [node('a'), node('b'), node('c', { running: false })], true, ['fault c: does not run']],
    [
      'alarms and a partition',
      [node('a', { mem_alarm: true }), node('b', { disk_free_alarm: true }), node('c', { partitions: ['a', 'b'] })],
      true,
      [
        'fault a: is out of memory and takes no messages',
        'fault b: is out of disk and takes no messages',
        'fault c: does not see a, b',
      ],
    ],
  ])('%s', (_name, nodes, isCluster, expected) => {
    expect(told(nodeFindings(nodes, { isCluster }))).toEqual(expected);
  });
});

describe('quorum of a queue', () => {
  const queue = (change: Partial<BrokerQueue>): BrokerQueue => ({
    ...{ name: 'green.crm', leader: 'a', members: ['a', 'b', 'c'], online: ['a', 'b', 'c'] },
    ...change,
  });

  it.each<[string, Partial<BrokerQueue>, number, string[]]>([
    ['all there', {}, 3, []],
    ['one member away', { online: ['a', 'b'] }, 3, ['notice green.crm: 2 of 3 members are online']],
    ['below quorum', { online: ['a'] }, 3, ['fault green.crm: 1 of 3 members are online: it takes and gives nothing']],
    ['no leader', { leader: '' }, 3, ['fault green.crm: nobody leads it: it takes and gives nothing']],
    [
      'led by a node that is away',
      { leader: 'c', online: ['a', 'b'] },
      3,
      ['fault green.crm: nobody leads it: it takes and gives nothing'],
    ],
    ['one node', { members: ['a'], online: ['a'] }, 1, []],
    [
      'made before there were three nodes',
      { members: ['a'], online: ['a'] },
      3,
      ['fault members: fewer than 3: green.crm'],
    ],
  ])('%s', (_name, change, nodes, expected) => {
    expect(told(quorumFindings([queue(change)], nodes, { isCluster: true }))).toEqual(expected);
  });
});

describe('topology', () => {
  const binding = { exchange: 'deliver', queue: 'green.crm', key: 'green.*.*' };
  const set = {
    scope: 'org:1',
    state: 'confirmed' as const,
    detail: null,
    isFull: false,
    queues: ['green.crm'],
    bindings: [binding],
  };
  const whole: BrokerLists = {
    queues: [{ name: 'green.crm', policy: 'groundswell-org' }],
    bindings: [{ source: 'deliver', destination: 'green.crm', destination_type: 'queue', routing_key: 'green.*.*' }],
    exchanges: Object.values(exchanges).map((name) => ({ name })),
  };

  it.each<[string, typeof set | object, Partial<BrokerLists>, string[]]>([
    ['all there', {}, {}, []],
    ['no binding', {}, { bindings: [] }, ['fault deliver green.*.* → green.crm: this binding is not on the broker']],
    ['no queue', {}, { queues: [] }, ['fault green.crm: this queue is not on the broker']],
    ['waiting', { state: 'pending', detail: 'missing: queue x' }, {}, ['fault org:1: is pending: missing: queue x']],
    ['full', { isFull: true }, {}, ['fault org:1 is full: nothing is published for it until somebody reads']],
    [
      'under a policy of somebody else',
      {},
      { queues: [{ name: 'green.crm', policy: 'ha-all' }] },
      ['fault green.crm: is under policy "ha-all", which is not ours'],
    ],
    [
      'an exchange is missing',
      {},
      { exchanges: whole.exchanges.filter(({ name }) => name !== 'confirm') },
      ['fault exchange confirm: is not on the broker'],
    ],
  ])('%s', (_name, change, lists, expected) => {
    expect(told(topologyFindings([{ ...set, ...change }], { ...whole, ...lists }))).toEqual(expected);
  });
});

describe('queues of orgs', () => {
  const hour = 3_600_000;
  it.each<[string, Partial<BrokerQueue>, number, boolean, string[]]>([
    ['empty for long', { messages: 0 }, 48 * hour, false, []],
    ['young', { messages: 5 }, 60_000, false, []],
    [
      'waiting',
      { messages: 5 },
      2 * hour,
      false,
      ['notice green.crm: 5 messages, nobody reads, not empty for up to 2 h'],
    ],
    [
      'unread',
      { messages: 5 },
      30 * hour,
      false,
      ['fault green.crm: 5 messages, nobody reads, not empty for up to 1 d'],
    ],
    [
      'busy',
      { messages: 5, consumers: 2 },
      30 * hour,
      false,
      ['notice green.crm: 5 messages, 2 read, not empty for up to 1 d'],
    ],
    [
      'told of',
      { messages: 5, consumers: 2 },
      60_000,
      true,
      ['fault green.crm: 5 messages, 2 read, not empty for up to 1 min'],
    ],
  ])('%s', (_name, queue, ms, isRaised, expected) => {
    const raised = new Set(isRaised ? ['green.crm'] : []);
    expect(
      told(unreadFindings([{ name: 'green.crm', ...queue }], new Map([['green.crm', ms]]), raised, 24 * hour)),
    ).toEqual(expected);
  });
});

describe('figures', () => {
  const figures = (entries: Record<string, number>) => new Map(Object.entries(entries));

  it.each<[string, Record<string, number>, Record<string, number>, Record<string, number>, string[]]>([
    ['equal', { 'o:1': 5 }, { 'o:1': 5 }, { 'o:1': 5 }, []],
    ['between two recounts', { 'o:1': 5 }, { 'o:1': 9 }, { 'o:1': 7 }, []],
    ['rejected meanwhile', { 'o:1': 9 }, { 'o:1': 5 }, { 'o:1': 7 }, []],
    ['too many', { 'o:1': 5 }, { 'o:1': 5 }, { 'o:1': 6 }, ['fault campaign 3 o:1: is 6, a recount gives 5']],
    [
      'too few under load',
      { 'o:1': 5 },
      { 'o:1': 9 },
      { 'o:1': 4 },
      ['fault campaign 3 o:1: is 4, a recount gives 5 to 9'],
    ],
    ['missing', { 'a:PL': 2 }, { 'a:PL': 2 }, {}, ['fault campaign 3 a:PL: is 0, a recount gives 2']],
    ['of nothing', {}, {}, { 'a:PL': 2 }, ['fault campaign 3 a:PL: is 2, a recount gives 0']],
  ])('kept: %s', (_name, before, after, kept, expected) => {
    expect(told(counterFindings(3, figures(before), figures(after), figures(kept)))).toEqual(expected);
  });

  it('in Redis are those that are kept; what is no count is left alone', () => {
    const hash = { v: '7', 'o:1': '5', 'a:PL': '2', 'l:9': '1763600000000', 'u:9': 'https://example.org' };
    expect(told(mirrorFindings(3, figures({ 'o:1': 5, 't:share': 1, 'p:9': 0 }), hash))).toEqual([
      'fault campaign 3 t:share: Redis says 0, Postgres 1',
      'fault campaign 3 a:PL: Redis says 2, Postgres 0',
    ]);
  });
});

describe('grants', () => {
  const ownership: TableOwnership[] = [{ table: 'mail.events', writer: 'gs_mail', readers: ['gs_gateway'], since: 15 }];
  const all = { reads: true, writes: true, changes: true };
  const none = { reads: false, writes: false, changes: false };
  const rows = (change: Partial<Record<string, Partial<Privileges>>>): Privileges[] => [
    { table: 'mail.events', role: 'gs_mail', ...all, ...change['gs_mail'] },
    { table: 'mail.events', role: 'gs_gateway', ...none, reads: true, ...change['gs_gateway'] },
    { table: 'mail.events', role: 'gs_stats', ...none, ...change['gs_stats'] },
  ];

  it.each<[Partial<Record<string, Partial<Privileges>>>, string[]]>([
    [{}, []],
    [{ gs_mail: { writes: false } }, ['fault gs_mail may not write: mail.events']],
    [{ gs_gateway: { reads: false } }, ['fault gs_gateway may not read: mail.events']],
    [{ gs_gateway: { changes: true } }, ['fault gs_gateway may write, and should not,: mail.events']],
    [{ gs_stats: { reads: true } }, ['fault gs_stats may read, and should not,: mail.events']],
  ])('%j', (change, expected) => {
    expect(told(grantFindings(ownership, rows(change)))).toEqual(expected);
  });
});

describe('releases', () => {
  const last = migrationNames.at(-1)!;
  const before = migrationNames.at(-2)!;
  const build = (about: string, version: string, schema = last) => ({ about, name: about, version, schema });

  it('are of one version, and built for a schema that has run', () => {
    expect(releaseFindings([build('a', '1.2.0'), build('b', '1.2.0')], migrationNames)).toEqual([]);
    expect(
      told(releaseFindings([build('a', '1.2.0'), build('b', '1.2.0'), build('c', '1.1.0', before)], migrationNames)),
    ).toEqual([
      'fault c: is release 1.1.0, most are 1.2.0',
      `notice c schema: was built for ${before}, the schema is at ${last}`,
    ]);
    expect(told(releaseFindings([build('a', '1.2.0')], migrationNames.slice(0, -1)))).toEqual([
      `fault a schema: was built for ${last}, which has not run here`,
    ]);
  });

  it('know their schema', () => {
    expect(told(schemaFindings(['A', 'B'], ['A', 'B']))).toEqual([]);
    expect(told(schemaFindings(['A', 'B'], ['A']))).toEqual(['fault pending: not run yet: B']);
    expect(told(schemaFindings(['A'], ['A', 'B']))).toEqual(['notice newer: of a later release than this doctor: B']);
  });
});

describe('services', () => {
  const answer = {
    name: 'mtt-service',
    url: 'http://10.0.0.1:4100',
    fault: null,
    status: 200,
    body: '{"status":"ok","degraded":[]}',
  };
  const rest = { clock: null, askedAt: 0, answeredAt: 0 };

  it.each<[object, string[]]>([
    [{}, []],
    [
      { body: '{"status":"degraded","degraded":["broker"]}' },
      ['fault mtt-service at 10.0.0.1:4100: is degraded: broker'],
    ],
    [
      { status: 503, body: '{"message":"cannot work without: database"}' },
      ['fault mtt-service at 10.0.0.1:4100: answers 503: cannot work without: database'],
    ],
    [
      { fault: 'ECONNREFUSED', status: 0, body: '' },
      ['fault mtt-service at 10.0.0.1:4100: does not answer: ECONNREFUSED'],
    ],
    [
      { status: 404, body: '<html>' },
      ['fault mtt-service at 10.0.0.1:4100: answers 404: what answers is no service of ours'],
    ],
  ])('%j', (change, expected) => {
    expect(told(readyFindings({ ...answer, ...rest, ...change }))).toEqual(expected);
  });
});

describe('clocks', () => {
  const postgres = { about: 'Postgres', ms: 60_000, errorMs: 5 };

  it('are compared with the database, not with this machine', () => {
    expect(clockFindings([postgres, { about: 'Redis', ms: 60_100, errorMs: 5 }])).toEqual([]);
    expect(told(clockFindings([postgres, { about: 'Redis', ms: 0, errorMs: 5 }]))).toEqual([
      'fault Redis: is 60.0 s behind Postgres',
    ]);
  });

  it('are not called wrong by more than an answer can tell', () => {
    expect(clockFindings([postgres, { about: 'a', ms: 63_000, errorMs: 1_000 }])).toEqual([]);
    expect(told(clockFindings([postgres, { about: 'a', ms: 63_100, errorMs: 1_000 }]))).toEqual([
      'fault a: is 3.1 s ahead of Postgres',
    ]);
  });
});
