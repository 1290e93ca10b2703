import type { WatchedQueueSet } from '../reconciliation/queue-set.repository';
import { fullnessChanges } from './fullness';

const aRow = (changes: Partial<WatchedQueueSet> = {}): WatchedQueueSet => ({
  scope: 'org:7',
  version: 'v',
  state: 'confirmed',
  queues: ['green.confirm', 'green.crm'],
  bindings: [],
  detail: null,
  wholeAt: null,
  isFull: false,
  ...changes,
});
const marks = { stopBytes: 256, resumeBytes: 200 };
const changed = (row: WatchedQueueSet, sizes: Record<string, number | null>) =>
  fullnessChanges([row], (queue) => sizes[queue] ?? (queue in sizes ? null : 0), marks).map(({ isFull }) => isFull);

describe('an org', () => {
  it.each<[string, boolean, Record<string, number | null>, boolean[]]>([
    ['below both marks', false, { 'green.crm': 199 }, []],
    ['between the marks, coming up', false, { 'green.crm': 255 }, []],
    ['at the stop mark', false, { 'green.crm': 256 }, [true]],
    ['with one full queue of two', false, { 'green.confirm': 300, 'green.crm': 1 }, [true]],
    ['full and still so', true, { 'green.crm': 256 }, []],
    ['between the marks, going down', true, { 'green.crm': 200 }, []],
    ['below the resume mark', true, { 'green.crm': 199 }, [false]],
    ['whose queues are gone', true, {}, [false]],
    ['whose other queue has not reported', true, { 'green.confirm': null, 'green.crm': 1 }, []],
    ['whose full queue has not reported', false, { 'green.crm': null }, []],
  ])('%s (full before: %s)', (_what, isFull, sizes, changes) => {
    expect(changed(aRow({ isFull }), sizes)).toEqual(changes);
  });

  it('is meant, not the system', () => {
    expect(changed(aRow({ scope: 'system', queues: ['system.sqs'] }), { 'system.sqs': 999 })).toEqual([]);
  });

  it('is told with its biggest queue', () => {
    const sizes: Record<string, number> = { 'green.confirm': 300, 'green.crm': 400 };
    expect(fullnessChanges([aRow()], (queue) => sizes[queue] ?? 0, marks)).toMatchObject([
      { isFull: true, queue: 'green.crm', bytes: 400 },
    ]);
  });
});
