import { byMonitoredName, monitoredName, sumOfWork, type WaitingWork } from './waiting-work';

const aRow = (columns: Partial<WaitingWork>): WaitingWork => ({
  ...{ kind: 'jobs', owner: 'action-ingest', name: 'import-actions', orgId: 1 },
  ...{ waiting: 0, delayed: 0, active: 0, failed: 0, dead: 0 },
  ...{ oldestSeconds: null, reason: null, isPaused: false },
  ...columns,
});

it.each<[Partial<WaitingWork>, string]>([
  [{ kind: 'broker', name: 'green.crm' }, 'green.crm'],
  [{ kind: 'outbox', name: 'outbox', orgId: 7 }, 'outbox:action-ingest:7'],
  [{ kind: 'outbox', name: 'outbox', orgId: null }, 'outbox:action-ingest:0'],
  [{ kind: 'jobs' }, 'jobs:action-ingest:import-actions'],
  [{ kind: 'parked', owner: 'crm-forwarder', name: 'green.crm' }, 'parked:crm-forwarder:green.crm'],
  [{ kind: 'pushes', owner: 'crm-forwarder', name: 'action' }, 'pushes:1:action'],
  [{ kind: 'mtt', name: '12' }, 'mtt:12'],
  [{ kind: 'spool', name: 'spool' }, 'spool:submissions'],
])('%j is called %s', (columns, name) => {
  expect(monitoredName(aRow(columns))).toBe(name);
});

describe('the sum of rows', () => {
  it('is nothing for none', () => {
    expect(sumOfWork([])).toEqual({
      ...{ waiting: 0, delayed: 0, active: 0, failed: 0, dead: 0 },
      ...{ oldestSeconds: null, isPaused: false, reasons: [] },
    });
  });

  it('adds counts, takes the greatest age, and tells reasons by how often they are', () => {
    const rows = [
      aRow({ waiting: 2, delayed: 1, oldestSeconds: 5 }),
      aRow({ orgId: 2, waiting: 3, active: 1, oldestSeconds: 60 }),
      aRow({ failed: 1, reason: 'Error: away' }),
      aRow({ failed: 4, reason: 'Error: timeout' }),
      aRow({ orgId: 2, failed: 2, reason: 'Error: away' }),
      aRow({ orgId: null, isPaused: true }),
    ];
    expect(sumOfWork(rows)).toEqual({
      ...{ waiting: 5, delayed: 1, active: 1, failed: 7, dead: 0, oldestSeconds: 60, isPaused: true },
      reasons: [
        { reason: 'Error: timeout', count: 4 },
        { reason: 'Error: away', count: 3 },
      ],
    });
  });
});

it('brings the orgs of one type together, and keeps lanes apart', () => {
  const rows = [aRow({}), aRow({ orgId: 2 }), aRow({ kind: 'outbox' }), aRow({ kind: 'outbox', orgId: 2 })];
  const named = byMonitoredName(rows);
  expect([...named].map(([name, found]) => [name, found.length])).toEqual([
    ['jobs:action-ingest:import-actions', 2],
    ['outbox:action-ingest:1', 1],
    ['outbox:action-ingest:2', 1],
  ]);
});
