import type { Binding } from '@groundswell/contracts';
import { BrokerView } from '../broker/broker-view';
import type { ListedQueue } from '../broker/management.client';
import { orgScope, ownQueueNames } from '../desired/org-scope';
import { queueArguments } from '../desired/queue-arguments';
import { isDrift, isSameRow, nextRow, nextState } from './next-state';
import type { QueueSet } from './queue-set.repository';
import { reviewScope, type ReviewContext, type ScopeSubject } from './scope-review';

const policy = 'groundswell-org';
const lookedAt = new Date('2026-03-01T12:00:00Z');
const wholeAt = new Date('2026-03-01T11:59:30Z');
const aQueue = (name: string, changes: Partial<ListedQueue> = {}): ListedQueue => ({
  name,
  durable: true,
  arguments: queueArguments(name),
  leader: 'a@host',
  online: ['a@host'],
  policy,
  messages: 0,
  ...changes,
});
const aView = (queues: ListedQueue[], bindings: Binding[]): BrokerView =>
  new BrokerView({
    queues,
    exchanges: [],
    policies: [],
    bindings: bindings.map(({ exchange, queue, key }) => ({
      source: exchange,
      destination: queue,
      destination_type: 'queue',
      routing_key: key,
      arguments: {},
    })),
  });
const aContext = (view: BrokerView, changes: Partial<ReviewContext> = {}): ReviewContext => ({
  view,
  otherHolderOf: () => undefined,
  remainingMs: () => 0,
  answerOf: () => 'answers',
  policyOf: () => policy,
  lookedAt,
  ...changes,
});

const routing = {
  id: 7,
  name: 'green',
  customSupporterConfirm: false,
  moderates: false,
  customActionDeliver: true,
  customEventDeliver: false,
  pushBackend: null,
  eventBackend: null,
  alias: false,
};
const desired = orgScope(routing);
const [deliver, home] = desired.bindings as [Binding, Binding];
const aRow = (changes: Partial<QueueSet> = {}): QueueSet => ({
  ...desired,
  state: 'confirmed',
  detail: null,
  ...changes,
});
const aSubject = (row?: QueueSet): ScopeSubject => ({
  desired,
  row,
  ownQueueNames: ownQueueNames(routing),
  orgName: 'green',
  isNameOfAnother: (name) => name === 'blue',
});
const whole = aView([aQueue('green.crm')], [deliver, home]);
const judge = (row: QueueSet | undefined, context: ReviewContext) => {
  const review = reviewScope(aSubject(row), context);
  return { review, next: nextState(review) };
};

describe('the state of a scope', () => {
  it.each<[string, QueueSet | undefined, ReviewContext, string, string | null]>([
    [
      'nothing is there yet',
      undefined,
      aContext(aView([], [])),
      'waiting',
      'missing: queue green.crm, binding deliver green.*.* → green.crm, binding system.retry green.crm → green.crm',
    ],
    ['all is there and old enough', aRow({ state: 'pending' }), aContext(whole), 'ready', null],
    [
      'all is there and young',
      aRow({ state: 'pending' }),
      aContext(whole, { remainingMs: () => 100 }),
      'waiting',
      'declared, not old enough yet',
    ],
    ['all is there and was confirmed', aRow(), aContext(whole, { remainingMs: () => 100 }), 'confirmed', null],
    ['the version is another', aRow({ version: 'old' }), aContext(whole), 'ready', null],
    [
      'the queue is gone',
      aRow(),
      aContext(aView([], [])),
      'waiting',
      'missing: queue green.crm, binding deliver green.*.* → green.crm, binding system.retry green.crm → green.crm',
    ],
    [
      'a binding is gone',
      aRow(),
      aContext(aView([aQueue('green.crm')], [home])),
      'waiting',
      'missing: binding deliver green.*.* → green.crm',
    ],
    [
      'nobody leads it, new',
      aRow({ state: 'pending' }),
      aContext(aView([aQueue('green.crm', { leader: '' })], [deliver, home])),
      'waiting',
      'no leader: green.crm',
    ],
    [
      'nobody leads it, confirmed',
      aRow(),
      aContext(aView([aQueue('green.crm', { leader: '' })], [deliver, home])),
      'confirmed',
      'no leader: green.crm',
    ],
    [
      'it does not answer, new',
      aRow({ state: 'pending' }),
      aContext(whole, { answerOf: () => 'mute' }),
      'waiting',
      'no answer: green.crm',
    ],
    [
      'it does not answer, confirmed',
      aRow(),
      aContext(whole, { answerOf: () => 'mute' }),
      'confirmed',
      'no answer: green.crm',
    ],
    [
      'it was not asked yet, new',
      aRow({ state: 'pending' }),
      aContext(whole, { answerOf: () => 'unasked' }),
      'waiting',
      'declared, not old enough yet',
    ],
    ['it was not asked yet, confirmed', aRow(), aContext(whole, { answerOf: () => 'unasked' }), 'confirmed', null],
    [
      'its leader is offline',
      aRow({ state: 'pending' }),
      aContext(aView([aQueue('green.crm', { online: [] })], [deliver, home])),
      'waiting',
      'no leader: green.crm',
    ],
    [
      'another policy applies',
      aRow({ state: 'pending' }),
      aContext(aView([aQueue('green.crm', { policy: 'x' })], [deliver, home])),
      'waiting',
      'under a policy that is not ours: green.crm',
    ],
    [
      'no policy applies',
      aRow({ state: 'pending' }),
      aContext(aView([aQueue('green.crm', { policy: null })], [deliver, home])),
      'waiting',
      'under a policy that is not ours: green.crm',
    ],
    [
      'other arguments',
      aRow(),
      aContext(aView([aQueue('green.crm', { arguments: {} })], [deliver, home])),
      'damaged',
      'queue green.crm exists with other properties',
    ],
    [
      'not durable',
      aRow(),
      aContext(aView([aQueue('green.crm', { durable: false })], [deliver, home])),
      'damaged',
      'queue green.crm exists with other properties',
    ],
    [
      'the name still belongs to another',
      undefined,
      aContext(whole, { otherHolderOf: () => 'org:3' }),
      'waiting',
      'queue green.crm still belongs to org:3',
    ],
  ])('when %s', (_when, row, context, kind, detail) => {
    expect(judge(row, context).next).toEqual({ kind, detail });
  });

  it('is drift only when something confirmed at this version is missing', () => {
    const gone = aContext(aView([], []));
    const driftOf = (row: QueueSet | undefined) => {
      const { review, next } = judge(row, gone);
      return isDrift(review, next);
    };
    expect([driftOf(aRow()), driftOf(aRow({ state: 'pending' })), driftOf(undefined)]).toEqual([true, false, false]);
    expect(driftOf(aRow({ version: 'old' }))).toBe(false);
  });

  it('keeps telling what was missing while the repaired queue is young', () => {
    const row = aRow({ state: 'pending', detail: 'missing: queue green.crm' });
    expect(judge(row, aContext(whole, { remainingMs: () => 9 })).next.detail).toBe('missing: queue green.crm');
  });
});

describe('the span of a loss', () => {
  const gone = aContext(aView([], []));
  const missing =
    'missing: queue green.crm, binding deliver green.*.* → green.crm, binding system.retry green.crm → green.crm';
  const note = `${missing}; whole until 2026-03-01T11:59:30.000Z`;
  const after = `rebuilt 2026-03-01T12:00:00.000Z after ${note}`;

  it.each<[string, Partial<QueueSet>, ReviewContext, string | null]>([
    ['is told when it is found', {}, gone, note],
    ['is told while it lasts', { state: 'pending', detail: note }, gone, note],
    [
      'is told while the repaired queue is young',
      { state: 'pending', detail: note },
      aContext(whole, { remainingMs: () => 9 }),
      note,
    ],
    ['is kept once all is there again', { state: 'pending', detail: note }, aContext(whole), after],
    ['stays in a confirmed row', { detail: after }, aContext(whole), after],
    ['stays behind what is left over', { detail: `left over: x; ${after}` }, aContext(whole), after],
    ['makes room for the next one', { detail: after, wholeAt: lookedAt }, gone, note.replace('11:59:30', '12:00:00')],
    ['is none of a new version', { version: 'old', detail: after }, aContext(whole), null],
    ['is none of a scope that was never whole', { wholeAt: null }, gone, missing],
    ['is none of queues on their way', { state: 'pending', detail: missing }, gone, missing],
  ])('%s', (_what, changes, context, detail) => {
    expect(judge(aRow({ wholeAt, ...changes }), context).next.detail).toBe(detail);
  });
});

describe('what to take back', () => {
  const stray: Binding = { exchange: 'deliver', queue: 'green.crm', key: 'blue.*.*' };
  const foreign: Binding = { exchange: 'amq.topic', queue: 'green.crm', key: '#' };
  const ours: Binding = { exchange: 'event', queue: 'system.sqs', key: 'green.#' };
  const theirs: Binding = { exchange: 'event', queue: 'system.sqs', key: 'blue.#' };

  it('are bindings of the stage exchanges to own queues, and own keys at the shared queue', () => {
    const view = aView([aQueue('green.crm'), aQueue('system.sqs')], [deliver, home, stray, foreign, ours, theirs]);
    const { surplus } = reviewScope(aSubject(aRow()), aContext(view));
    expect(surplus.map(({ key }) => key)).toEqual(['blue.*.*', 'green.#']);
  });

  it('comes first where it carries the name of another org', () => {
    const view = aView([aQueue('green.crm', { leader: '' })], [deliver, stray, { ...stray, key: 'former.*.*' }]);
    const { foreign } = reviewScope(aSubject(), aContext(view));
    expect(foreign.map(({ key }) => key)).toEqual(['blue.*.*']);
  });

  it('is never the way home', () => {
    const left = aRow({ queues: ['green.confirm', 'green.crm'] });
    const way = { exchange: 'system.retry', queue: 'green.confirm', key: 'green.confirm' };
    const view = aView([aQueue('green.crm'), aQueue('green.confirm')], [deliver, home, way]);
    const review = reviewScope(aSubject(left), aContext(view));
    expect(review.surplus).toEqual([]);
    expect(review.leftovers).toEqual(['green.confirm']);
  });

  it('leaves alone what belongs to another scope', () => {
    const view = aView([aQueue('green.crm')], [deliver, home, stray]);
    const { surplus, leftovers } = reviewScope(aSubject(), aContext(view, { otherHolderOf: () => 'org:3' }));
    expect([surplus, leftovers]).toEqual([[], []]);
  });
});

describe('the row to keep', () => {
  const old: Binding = { exchange: 'deliver', queue: 'old.crm', key: 'old.*.*' };

  it('remembers old bindings until the new ones are confirmed', () => {
    const row = aRow({ version: 'old', bindings: [old] });
    const waiting = judge(row, aContext(aView([], [])));
    expect(nextRow(waiting.review, waiting.next).bindings).toEqual([old, deliver, home]);
    const ready = judge(row, aContext(whole));
    expect(nextRow(ready.review, ready.next)).toMatchObject({ state: 'confirmed', bindings: [deliver, home] });
  });

  it('does not claim a queue that still belongs to another', () => {
    const { review, next } = judge(undefined, aContext(whole, { otherHolderOf: () => 'org:3' }));
    expect(review.blocked).toEqual(['green.crm']);
    expect(nextRow(review, next)).toMatchObject({ state: 'pending', queues: [] });
  });

  it('is the same whatever the order of its bindings and keys', () => {
    const { exchange, queue, key } = deliver;
    expect(isSameRow(aRow({ bindings: [home, { key, queue, exchange }] }), aRow())).toBe(true);
    expect(isSameRow(aRow({ detail: 'x' }), aRow())).toBe(false);
    expect(isSameRow(undefined, aRow())).toBe(false);
  });
});
