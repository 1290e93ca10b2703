import {
  cursorAfter,
  cursorAfterNothing,
  isEmptyWindow,
  isWorthReading,
  keptWindow,
  latestWindow,
  missingWindow,
  scheduledWindow,
  typesOf,
} from './loop-rules';

const now = new Date('2026-11-21T12:00:00.000Z');
const ago = (seconds: number): Date => new Date(now.getTime() - seconds * 1000);
const minutes = 60;
const none = () => Promise.resolve(null);
const nothing = { memory: null, stored: null };

describe('the types of a loop', () => {
  it.each([
    ['latest', ['delivered', 'failed', 'unsubscribed', 'complained']],
    ['latestOpened', ['opened']],
    ['missing', ['delivered', 'failed', 'unsubscribed', 'complained', 'opened']],
    ['scheduled', ['delivered', 'failed', 'unsubscribed', 'complained', 'opened']],
  ] as const)('%s: %j', (name, types) => {
    expect(typesOf[name]).toEqual(types);
  });
});

describe('where a latest loop begins', () => {
  const stored = { finishedAt: ago(200), startedAt: ago(300) };
  it.each([
    ['in memory, before all else', { memory: ago(100), stored }, 100],
    ['where it ended, as stored', { memory: null, stored }, 200],
    ['where it began, when it never ended', { memory: null, stored: { finishedAt: null, startedAt: ago(300) } }, 300],
  ])('%s', async (_, position, expected) => {
    const newest = () => Promise.reject(new Error('not asked for'));
    const window = await latestWindow(position, newest, now);
    expect(window).toEqual({ begin: ago(expected), end: ago(60) });
  });

  it('at the newest event that is stored', async () => {
    expect((await latestWindow(nothing, () => Promise.resolve(ago(5_000)), now)).begin).toEqual(ago(5_000));
  });

  it('30 minutes ago, when nothing is known', async () => {
    expect((await latestWindow(nothing, none, now)).begin).toEqual(ago(30 * minutes));
  });
});

describe('the window of the missing loop', () => {
  it('begins 2 hours ago when nothing is known', () => {
    expect(missingWindow(nothing, [null, null], now)).toEqual({ begin: ago(120 * minutes), end: ago(30 * minutes) });
  });

  it.each([
    [[ago(10), ago(10)], 1_800],
    [[ago(4_000), ago(10)], 4_000],
    [[ago(10), ago(5_000)], 5_000],
    [[null, ago(5_000)], 5_000],
    [[null, null], 1_800],
  ])('ends before both latest loops began: %j', (begins, expected) => {
    expect(missingWindow({ memory: ago(7_000), stored: null }, begins, now).end).toEqual(ago(expected));
  });
});

describe('the window of a replay', () => {
  const schedule = { begin: ago(1_000), end: ago(500) };
  it.each([
    [nothing, 1_000],
    [{ memory: null, stored: { finishedAt: ago(700), startedAt: null } }, 700],
    [{ memory: ago(600), stored: { finishedAt: ago(700), startedAt: null } }, 600],
    [{ memory: ago(2_000), stored: null }, 1_000],
  ])('goes on from its cursor: %j', (position, expected) => {
    expect(scheduledWindow(schedule, position)).toEqual({ begin: ago(expected), end: ago(500) });
  });
});

it.each([
  [ago(10), ago(20), true],
  [ago(10), ago(10), true],
  [ago(10), ago(9), false],
])('a window from %p to %p is empty: %p', (begin, end, expected) => {
  expect(isEmptyWindow({ begin, end })).toBe(expected);
});

it.each([
  [299, false],
  [300, true],
  [0, false],
  [-200, false],
])('a budget of %p is worth reading: %p', (budget, expected) => {
  expect(isWorthReading(budget)).toBe(expected);
});

describe('the cursor after a run', () => {
  const end = ago(60);
  it.each<[string, Date | null, { count: number; maxEvents: number; end: Date }, Date | null]>([
    ['goes on a second later', ago(100), { count: 5, maxEvents: 10, end }, ago(99)],
    ['stays after nothing', ago(100), { count: 0, maxEvents: 10, end }, ago(100)],
    ['stays at the limit', ago(100), { count: 10, maxEvents: 10, end }, ago(100)],
    ['stays above the limit', ago(100), { count: 11, maxEvents: 10, end }, ago(100)],
    ['stays where it is young', ago(1), { count: 5, maxEvents: 10, end: now }, ago(1)],
    ['stays unknown', null, { count: 5, maxEvents: 10, end }, null],
    ['never passes the window', ago(60.4), { count: 5, maxEvents: 10, end }, end],
  ])('%s', (_, cursor, run, expected) => {
    expect(cursorAfter(cursor, run, now)).toEqual(expected);
  });
});

it.each([
  [10, 10],
  [1_859, 1_859],
  [1_861, 1_860],
  [90_000, 1_860],
])('after nothing since %p s a latest loop goes on %p s ago', (begin, expected) => {
  expect(cursorAfterNothing({ begin: ago(begin), end: ago(60) })).toEqual(ago(expected));
});

describe('a replay asked for', () => {
  it('goes back no further than providers remember', () => {
    const retentionMs = 86_400_000;
    expect(keptWindow({ begin: ago(200_000), end: now }, retentionMs, now).begin).toEqual(ago(86_400));
    expect(keptWindow({ begin: ago(10), end: now }, retentionMs, now).begin).toEqual(ago(10));
  });
});
