import { messagesGoal } from './messages-due';
import { mttMoment, mttNotAfter, mttProgress, type MttSchedule } from './mtt-window';

const cycleMs = 180_000;
const schedule = (startAt: string, endAt: string, timezone = 'Etc/UTC'): MttSchedule => ({
  startAt: new Date(startAt),
  endAt: new Date(endAt),
  timezone,
  cycleMs,
});
const momentOf = (given: MttSchedule, now: string) => mttMoment(given, new Date(now));

describe('three days from 09:00 to 17:00 (email-and-mtt.md §5.5)', () => {
  const threeDays = schedule('2025-01-06T09:00:00Z', '2025-01-08T17:00:00Z');

  it.each([
    ['2025-01-06T09:00:30Z', 1, 0, 0],
    ['2025-01-06T12:00:30Z', 61, 0, 12],
    ['2025-01-06T16:59:00Z', 160, 2, 33],
    ['2025-01-07T09:00:30Z', 161, 2, 33],
    ['2025-01-07T13:00:30Z', 241, 3, 50],
    ['2025-01-07T16:59:00Z', 320, 4, 66],
    ['2025-01-08T12:30:00Z', 390, 5, 81],
    ['2025-01-08T16:56:30Z', 479, 6, 99],
    ['2025-01-08T16:58:00Z', 480, 7, 100],
  ])('at %s is in cycle %i: %i of 7 and %i of 100', (now, cycle, of7, of100) => {
    expect(momentOf(threeDays, now)).toEqual({ phase: 'open', cycle, all: 480 });
    expect(messagesGoal(7, { cycle, all: 480 })).toBe(of7);
    expect(messagesGoal(100, { cycle, all: 480 })).toBe(of100);
  });

  it.each([
    ['2025-01-06T09:00:00Z', 'before'],
    ['2025-01-06T17:00:00Z', 'closed'],
    ['2025-01-07T03:00:00Z', 'closed'],
    ['2025-01-07T09:00:00Z', 'closed'],
    ['2025-01-08T17:00:00Z', 'flush'],
    ['2025-01-09T17:00:00Z', 'flush'],
    ['2025-01-09T17:00:01Z', 'over'],
  ])('at %s is %s', (now, phase) => {
    expect(momentOf(threeDays, now)).toEqual({ phase });
  });

  it('counts what has come also between the hours', () => {
    expect(mttProgress(threeDays, new Date('2025-01-06T20:00:00Z'))).toEqual({ cycle: 160, all: 480 });
  });
});

describe('the last moment of a mail handed over', () => {
  const notAfter = (given: MttSchedule, now: string, isDrip = true) =>
    mttNotAfter({ ...given, isDrip }, new Date(now)).toISOString();
  const threeDays = schedule('2025-01-06T09:00:00Z', '2025-01-08T17:00:00Z');

  it.each([
    ['of a day', '2025-01-06T16:59:00Z', '2025-01-06T17:00:00.000Z'],
    ['of the last day', '2025-01-08T16:59:00Z', '2025-01-08T17:00:00.000Z'],
    ['of the flush', '2025-01-08T18:00:00Z', '2025-01-09T00:00:00.000Z'],
    ['of its last day', '2025-01-09T16:00:00Z', '2025-01-09T17:00:00.000Z'],
  ])('is the end of the hours %s', (_, now, expected) => {
    expect(notAfter(threeDays, now)).toBe(expected);
  });

  it('is the end of the day by the hour, and where the hours go on after it', () => {
    expect(notAfter(threeDays, '2025-01-06T16:59:00Z', false)).toBe('2025-01-07T00:00:00.000Z');
    const nights = schedule('2025-01-06T22:00:00Z', '2025-01-09T02:00:00Z');
    expect(notAfter(nights, '2025-01-06T23:00:00Z')).toBe('2025-01-07T00:00:00.000Z');
    expect(notAfter(nights, '2025-01-07T01:00:00Z')).toBe('2025-01-07T02:00:00.000Z');
  });
});

describe('short windows', () => {
  const minutes = (count: number) =>
    schedule('2025-01-06T09:00:00Z', new Date(Date.UTC(2025, 0, 6, 9, count)).toISOString());

  it('of ten minutes has three cycles, none of them at once', () => {
    expect(mttProgress(minutes(10), new Date('2025-01-06T09:00:00Z'))).toEqual({ cycle: 0, all: 3 });
  });

  it('of half an hour sends 20 messages as they come due', () => {
    const goalAt = (now: string) => messagesGoal(20, mttProgress(minutes(30), new Date(now)));
    expect([1, 5, 29].map((minute) => goalAt(new Date(Date.UTC(2025, 0, 6, 9, minute)).toISOString()))).toEqual([
      2, 4, 20,
    ]);
  });

  it('of less than a cycle sends everything', () => {
    const progress = mttProgress(minutes(2), new Date('2025-01-06T09:01:00Z'));
    expect(progress.all).toBe(0);
    expect(messagesGoal(20, progress)).toBe(20);
  });

  it('one message goes in the last of many cycles', () => {
    expect(messagesGoal(1, { cycle: 699, all: 700 })).toBe(0);
    expect(messagesGoal(1, { cycle: 700, all: 700 })).toBe(1);
  });
});

describe('hours across midnight', () => {
  const nights = schedule('2025-01-06T22:00:00Z', '2025-01-09T02:00:00Z');

  it.each([
    ['2025-01-06T22:01:30Z', 1],
    ['2025-01-06T23:59:30Z', 40],
    ['2025-01-07T00:00:30Z', 41],
    ['2025-01-07T01:59:30Z', 80],
    ['2025-01-07T22:00:30Z', 81],
    ['2025-01-09T01:59:30Z', 240],
  ])('at %s are in cycle %i of three nights', (now, cycle) => {
    expect(momentOf(nights, now)).toEqual({ phase: 'open', cycle, all: 240 });
  });

  it.each(['2025-01-07T02:00:00Z', '2025-01-07T12:00:00Z', '2025-01-07T22:00:00Z'])('at %s are closed', (now) => {
    expect(momentOf(nights, now)).toEqual({ phase: 'closed' });
  });

  it('are whole days where both clock times are the same', () => {
    const days = schedule('2025-01-06T09:00:00Z', '2025-01-08T09:00:00Z');
    expect(momentOf(days, '2025-01-07T03:00:00Z')).toEqual({ phase: 'open', cycle: 360, all: 960 });
  });
});

describe('the clock of the zone', () => {
  it('gives the hours, whatever the time in UTC', () => {
    // 09:00 to 17:00 in New York.
    const local = schedule('2025-01-06T14:00:00Z', '2025-01-08T22:00:00Z', 'America/New_York');
    expect(momentOf(local, '2025-01-07T13:59:00Z')).toEqual({ phase: 'closed' });
    expect(momentOf(local, '2025-01-07T14:00:30Z')).toEqual({ phase: 'open', cycle: 161, all: 480 });
  });

  it('keeps the hours when it changes between two days', () => {
    // Berlin goes from UTC+1 to UTC+2 in the night to 30 March.
    const spring = schedule('2025-03-29T08:00:00Z', '2025-03-30T15:00:00Z', 'Europe/Berlin');
    expect(momentOf(spring, '2025-03-30T07:01:30Z')).toEqual({ phase: 'open', cycle: 161, all: 320 });
    expect(momentOf(spring, '2025-03-30T06:59:00Z')).toEqual({ phase: 'closed' });
  });

  it.each([
    ['that skips an hour within them is shorter', '2025-03-29T00:00:00Z', '2025-03-30T03:00:00Z', 80 + 60],
    ['that has an hour twice within them is longer', '2025-10-24T23:00:00Z', '2025-10-26T04:00:00Z', 80 + 100],
  ])('a day %s', (_, startAt, endAt, all) => {
    // 01:00 to 05:00 on both days.
    const given = schedule(startAt, endAt, 'Europe/Berlin');
    expect(mttProgress(given, given.endAt)).toEqual({ cycle: all, all });
  });

  it('never takes a step back or several at once while the clocks change', () => {
    const given = schedule('2025-10-24T23:00:00Z', '2025-10-26T04:00:00Z', 'Europe/Berlin');
    const cycles = Array.from({ length: 100 }, (_, index) => {
      const moment = mttMoment(given, new Date(Date.UTC(2025, 9, 25, 23, 0, 30) + index * cycleMs));
      return moment.phase === 'open' ? moment.cycle : null;
    });
    expect(cycles).toEqual(Array.from({ length: 100 }, (_, index) => 81 + index));
  });

  it('opens later where the time of opening is skipped', () => {
    const given = schedule('2025-03-29T01:30:00Z', '2025-03-30T15:00:00Z', 'Europe/Berlin');
    expect(momentOf(given, '2025-03-30T01:29:00Z')).toEqual({ phase: 'closed' });
    expect(momentOf(given, '2025-03-30T01:31:00Z').phase).toBe('open');
  });
});

describe('a wrong year', () => {
  it('costs no more than a right one', () => {
    const endless = schedule('2025-01-06T09:00:00Z', '2999-01-08T17:00:00Z', 'Europe/Berlin');
    const { cycle, all } = mttProgress(endless, new Date('2025-01-07T09:03:30Z'));
    expect(cycle).toBe(162);
    expect(all).toBeGreaterThan(160 * 365 * 970);
  });
});
