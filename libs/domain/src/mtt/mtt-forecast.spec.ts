import type { TargetProgress } from './messages-due';
import { forecastMtt, type MttPace } from './mtt-forecast';

const pace: MttPace = {
  startAt: new Date('2025-01-06T09:00:00Z'),
  endAt: new Date('2025-01-08T17:00:00Z'),
  timezone: 'Etc/UTC',
  cycleMs: 180_000,
  isDrip: true,
  maxPerTargetPerDay: 300,
  maxEmailsPerHour: null,
};
const target = (total: number, pending = total, room = 300): TargetProgress => ({
  targetId: 'a',
  total,
  pending,
  room,
  plannedAt: null,
});
const on = (given: Partial<MttPace>, targets: TargetProgress[], now: string) => {
  const { days, left } = forecastMtt({ ...pace, ...given }, targets, new Date(now));
  return { days: days.map(({ day, count }) => [day, count]), left };
};

describe('forecastMtt', () => {
  it('spreads everything over the days of a campaign that has not begun', () => {
    expect(on({}, [target(100), target(7)], '2025-01-01T00:00:00Z')).toEqual({
      days: [
        ['2025-01-06', 35],
        ['2025-01-07', 35],
        ['2025-01-08', 37],
        ['2025-01-09', 0],
      ],
      left: 0,
    });
  });

  it('goes on from what has been sent', () => {
    expect(on({}, [target(100, 50)], '2025-01-07T13:00:30Z').days).toEqual([
      ['2025-01-07', 16],
      ['2025-01-08', 34],
      ['2025-01-09', 0],
    ]);
  });

  it('keeps to the ceiling, flushes after the end and says what is left', () => {
    const forecast = on({ maxPerTargetPerDay: 20 }, [target(100, 100, 5)], '2025-01-06T10:00:00Z');
    expect(forecast).toEqual({
      days: [
        ['2025-01-06', 5],
        ['2025-01-07', 20],
        ['2025-01-08', 20],
        ['2025-01-09', 20],
      ],
      left: 35,
    });
  });

  it('counts a night by the calendar', () => {
    const night = { startAt: new Date('2025-01-06T22:00:00Z'), endAt: new Date('2025-01-07T02:00:00Z') };
    expect(on(night, [target(80)], '2025-01-06T12:00:00Z').days).toEqual([
      ['2025-01-06', 40],
      ['2025-01-07', 40],
      ['2025-01-08', 0],
    ]);
  });

  it('by the hour adds up the hours that are left', () => {
    const { days } = forecastMtt({ ...pace, isDrip: false }, [target(1_000)], new Date('2025-01-06T21:30:00Z'));
    // 22 and 23 h; then whole days.
    expect(days.slice(0, 2)).toEqual([
      { day: '2025-01-06', count: 2 },
      { day: '2025-01-07', count: 295 },
    ]);
  });

  it('of a campaign with a wrong year looks a year ahead', () => {
    const { days } = on({ endAt: new Date('2999-01-08T17:00:00Z') }, [target(100)], '2025-01-06T10:00:00Z');
    expect(days).toHaveLength(366);
  });

  it('of a campaign that is over is empty', () => {
    expect(on({}, [target(100)], '2025-01-10T00:00:00Z')).toEqual({ days: [], left: 100 });
  });
});
