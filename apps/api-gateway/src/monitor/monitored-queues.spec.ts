import type { WaitingWork } from '@groundswell/persistence';
import { monitoredQueues, type QueueSources } from './monitored-queues';
import { ageText, queuesPage } from './ops-queues.page';
import { readServiceRowId, serviceRowId } from './service-row-id';

const now = new Date('2026-11-21T12:00:00Z');
const aRow = (columns: Partial<WaitingWork>): WaitingWork => ({
  ...{ kind: 'jobs', owner: 'notify-service', name: 'send-digest', orgId: 1 },
  ...{ waiting: 0, delayed: 0, active: 0, failed: 0, dead: 0 },
  ...{ oldestSeconds: null, reason: null, isPaused: false },
  ...columns,
});
const sources = (parts: Partial<QueueSources>): QueueSources => ({
  ...{ broker: [], work: [], rates: new Map(), workers: new Map() },
  now,
  ...parts,
});
const queue = { name: 'a.webhook', ready: 3, unacknowledged: 1, consumers: 1, bytes: 9, emptyAt: null };

describe('a queue of the broker', () => {
  it('shows who reads it, its rates, what is parked of it and whether it is paused', () => {
    const work = [
      aRow({ kind: 'parked', owner: 'crm-forwarder', name: 'a.webhook', orgId: null, dead: 2, reason: 'failed alone' }),
      aRow({ kind: 'broker', owner: 'crm-forwarder', name: 'a.webhook', orgId: null, isPaused: true }),
    ];
    const rates = new Map([['a.webhook', { entered: 60, done: 30, errors: 0 }]]);
    expect(monitoredQueues(sources({ broker: [queue], work, rates }))[0]).toEqual({
      ...{ name: 'a.webhook', kind: 'BROKER', service: 'crm-forwarder', orgId: null },
      ...{ waiting: 3, delayed: 0, active: 1, failed: 0, dead: 2, oldestSeconds: null, isAgeAtMost: false },
      reasons: [{ reason: 'failed alone', count: 2 }],
      ...{ inPerMinute: 60, outPerMinute: 30, errorsPerMinute: 0, workers: 1, isPaused: true },
    });
  });

  it('is seen while it is paused, although the broker does not say', () => {
    const work = [
      aRow({ kind: 'broker', owner: 'action-ingest', name: 'system.ingest.3', orgId: null, isPaused: true }),
    ];
    expect(monitoredQueues(sources({ broker: [], work }))).toMatchObject([
      { name: 'system.ingest.3', service: 'action-ingest', isPaused: true, waiting: 0, workers: null },
    ]);
  });

  it.each([
    [3, '2026-11-21T11:58:20.000Z', 100, true],
    [0, '2026-11-21T11:58:20.000Z', null, false],
    [3, null, null, false],
  ])('that holds %p and was empty at %p is at most %p s old', (ready, emptyAt, oldestSeconds, isAgeAtMost) => {
    const found = monitoredQueues(sources({ broker: [{ ...queue, ready, unacknowledged: 0, emptyAt }] }));
    expect(found).toMatchObject([{ oldestSeconds, isAgeAtMost }]);
  });
});

it('shows jobs of all orgs together, with the processes that run them, and whose they are where they are of one', () => {
  const workers = new Map([['notify-service', 2]]);
  const work = [aRow({ waiting: 1 }), aRow({ orgId: 2, failed: 1, reason: 'Error: away' })];
  expect(monitoredQueues(sources({ work, workers }))).toMatchObject([
    { name: 'jobs:notify-service:send-digest', kind: 'JOBS', waiting: 1, failed: 1, orgId: null, workers: 2 },
  ]);
  expect(monitoredQueues(sources({ work: [work[0]!] }))).toMatchObject([{ orgId: 1, workers: 0 }]);
});

it.each([
  [null, false, ''],
  [12.7, false, '12 s'],
  [125, true, '≤ 2 min'],
  [7_200, false, '2 h'],
  [200_000, true, '≤ 2 d'],
])('an age of %p s, at most: %p, is "%s"', (seconds, isAtMost, text) => {
  expect(ageText(seconds, isAtMost)).toBe(text);
});

it('shows no markup of what it is told', () => {
  const work = [aRow({ failed: 1, reason: '<script>alert(1)</script>' })];
  const page = queuesPage({ brokerAnswers: false, queues: monitoredQueues(sources({ work })) }, now);
  expect(page).not.toContain('<script');
  expect(page).toContain('1 × &lt;script&gt;');
  expect(page).toContain('the broker does not answer');
});

describe('ids of rows of several services', () => {
  it('are read as they are written', () => {
    expect(readServiceRowId(serviceRowId('crm-forwarder', 17))).toEqual({ service: 'crm-forwarder', rowId: '17' });
  });

  it.each(['17', 'crm-forwarder', 'crm-forwarder-', 'crm-forwarder-017', 'crm-forwarder-1-2', '-1', 'Crm-1'])(
    '"%s" is none',
    (id) => {
      expect(() => readServiceRowId(id)).toThrow('Entity not found');
    },
  );
});
