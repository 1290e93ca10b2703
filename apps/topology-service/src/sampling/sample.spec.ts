import type { WaitingWork, WorkDone } from '@groundswell/persistence';
import { mostSamples, SampleMaker, type AgedQueue } from './sample';

const aRow = (columns: Partial<WaitingWork>): WaitingWork => ({
  ...{ kind: 'jobs', owner: 'action-ingest', name: 'import-actions', orgId: 1 },
  ...{ waiting: 0, delayed: 0, active: 0, failed: 0, dead: 0 },
  ...{ oldestSeconds: null, reason: null, isPaused: false },
  ...columns,
});
const aQueue = (name: string, ready: number, stats: AgedQueue['message_stats'] = {}): AgedQueue => ({
  ...{ name, messages_ready: ready, messages_unacknowledged: 0, consumers: 2 },
  message_stats: stats,
  oldestSeconds: ready > 0 ? 12.4 : null,
});

describe('samples of the broker', () => {
  it('tell what came and went since the look before', () => {
    const maker = new SampleMaker();
    const first = maker.samplesOf([aQueue('a.crm', 5, { publish: 105, ack: 100, redeliver: 1 })], [], []);
    expect(first).toMatchObject([{ queue: 'a.crm', waiting: 5, entered: null, done: null, errors: null, workers: 2 }]);
    expect(first[0]?.oldestSeconds).toBe(12);
    const stats = { publish: 165, ack: 130, deliver_no_ack: 20, get_no_ack: 10, redeliver: 4 };
    expect(maker.samplesOf([aQueue('a.crm', 5, stats)], [], [])).toMatchObject([{ entered: 60, done: 60, errors: 3 }]);
  });

  it('know no rates of a broker that has begun to count anew, nor after another replica looked', () => {
    const maker = new SampleMaker();
    maker.samplesOf([aQueue('a.crm', 1, { publish: 100, ack: 99 })], [], []);
    expect(maker.samplesOf([aQueue('a.crm', 1, { publish: 3, ack: 2 })], [], [])).toMatchObject([{ entered: null }]);
    maker.forget();
    expect(maker.samplesOf([aQueue('a.crm', 1, { publish: 9, ack: 8 })], [], [])).toMatchObject([{ entered: null }]);
  });

  it('count what is parked for a queue as dead', () => {
    const parked = aRow({ kind: 'parked', owner: 'crm-forwarder', name: 'a.crm', dead: 2 });
    const also = aRow({ kind: 'parked', name: 'a.crm', dead: 1 });
    const samples = new SampleMaker().samplesOf([aQueue('a.crm', 0)], [parked, also], []);
    expect(samples.map(({ queue, dead }) => [queue, dead]).sort()).toEqual([
      ['a.crm', 3],
      ['parked:action-ingest:a.crm', 1],
      ['parked:crm-forwarder:a.crm', 2],
    ]);
  });
});

describe('samples of tables', () => {
  const done: WorkDone = { kind: 'jobs', owner: 'action-ingest', name: 'import-actions', orgId: 1, done: 7, errors: 1 };

  it('tell what came in by what is there and what was done', () => {
    const maker = new SampleMaker();
    expect(maker.samplesOf([], [aRow({ waiting: 4 })], [done])).toMatchObject([{ entered: null, done: 7, errors: 1 }]);
    const rows = [aRow({ waiting: 2 }), aRow({ orgId: 2, active: 5, oldestSeconds: 7.6 })];
    expect(maker.samplesOf([], rows, [done])).toMatchObject([
      { queue: 'jobs:action-ingest:import-actions', waiting: 2, active: 5, entered: 11, done: 7, oldestSeconds: 8 },
    ]);
    // All is done: that is worth a row, too.
    expect(maker.samplesOf([], [], [done])).toMatchObject([{ waiting: 0, entered: 1, done: 7 }]);
  });

  it('leave out what is empty, and the least of what is too much', () => {
    const maker = new SampleMaker();
    expect(maker.samplesOf([aQueue('a.crm', 0)], [aRow({ isPaused: true })], [])).toEqual([]);
    const many = Array.from({ length: mostSamples + 5 }, (_, n) => aQueue(`q${n}`, n + 1));
    const samples = maker.samplesOf(many, [], []);
    expect(samples).toHaveLength(mostSamples);
    expect(samples.at(-1)?.waiting).toBe(6);
  });
});
