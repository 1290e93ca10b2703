import type { WaitingWork } from '@groundswell/persistence';
import { ageText, queueTable } from './queue-table';

const aRow = (columns: Partial<WaitingWork>): WaitingWork => ({
  ...{ kind: 'jobs', owner: 'action-ingest', name: 'import-actions', orgId: 1 },
  ...{ waiting: 0, delayed: 0, active: 0, failed: 0, dead: 0 },
  ...{ oldestSeconds: null, reason: null, isPaused: false },
  ...columns,
});
const work = [
  aRow({ waiting: 2, oldestSeconds: 90 }),
  aRow({ failed: 1, reason: 'Error: \u001b[31maway' }),
  aRow({ kind: 'outbox', owner: 'crm-forwarder', name: 'outbox', orgId: 0 }),
  aRow({ kind: 'broker', name: 'system.sqs', orgId: null, isPaused: true }),
];
const broker = [
  { name: 'green.crm', messages_ready: 12, messages_unacknowledged: 1, consumers: 1 },
  { name: 'system.probe', messages_ready: 0, messages_unacknowledged: 0, consumers: 0 },
  { name: 'system.sqs', messages_ready: 0 },
];

it('lists what is not empty, in columns, and no control characters', () => {
  expect(queueTable(work, broker, false)).toBe(
    [
      'QUEUE                              WAITING  DELAYED  ACTIVE  FAILED  DEAD  OLDEST  WORKERS',
      'green.crm                               12        0       1       0     0                1',
      'jobs:action-ingest:import-actions        2        0       0       1     0   1 min           1 × Error:  [31maway',
      'system.sqs                               0        0       0       0     0                   paused',
    ].join('\n'),
  );
});

it('lists everything where it is asked for', () => {
  const names = queueTable(work, broker, true)
    .split('\n')
    .map((line) => line.split(' ')[0]);
  expect(names).toEqual([
    ...[
      'QUEUE',
      'green.crm',
      'jobs:action-ingest:import-actions',
      'outbox:crm-forwarder:0',
      'system.probe',
      'system.sqs',
    ],
  ]);
});

it.each([
  [null, ''],
  [0.4, '0 s'],
  [59.9, '59 s'],
  [3_599, '59 min'],
  [86_399, '23 h'],
  [86_400 * 3, '3 d'],
])('tells the age %p as "%s"', (seconds, text) => {
  expect(ageText(seconds)).toBe(text);
});
