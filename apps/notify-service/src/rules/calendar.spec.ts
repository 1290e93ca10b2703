import { CalendarError, nextRunAt, readCalendar } from './calendar';

const next = (expression: string, zone: string, after: string): string =>
  nextRunAt(readCalendar(expression), zone, new Date(after)).toISOString().replace('.000Z', 'Z');

describe('the next run', () => {
  it.each([
    ['later today', '30 9 * * *', 'UTC', '2026-11-21T09:29:59Z', '2026-11-21T09:30:00Z'],
    ['an exact hit is over: the next one', '30 9 * * *', 'UTC', '2026-11-21T09:30:00Z', '2026-11-22T09:30:00Z'],
    ['a millisecond before an exact hit', '30 9 * * *', 'UTC', '2026-11-21T09:29:59.999Z', '2026-11-21T09:30:00Z'],
    ['around midnight', '0 0 * * *', 'UTC', '2026-11-21T23:59:59Z', '2026-11-22T00:00:00Z'],
    [
      'midnight of the zone, not of UTC',
      '0 0 * * *',
      'Pacific/Auckland',
      '2026-11-21T12:00:00Z',
      '2026-11-22T11:00:00Z',
    ],
    ['a week day', '0 8 * * 1', 'Europe/Warsaw', '2026-11-21T10:00:00Z', '2026-11-23T07:00:00Z'],
    ['Sunday as 7', '0 8 * * 7', 'UTC', '2026-11-21T10:00:00Z', '2026-11-22T08:00:00Z'],
    ['several hours', '15 8,20 * * *', 'UTC', '2026-11-21T10:00:00Z', '2026-11-21T20:15:00Z'],
    ['either day, where both are given', '0 8 24 * 1', 'UTC', '2026-11-23T09:00:00Z', '2026-11-24T08:00:00Z'],
    ['day 31 in November', '0 8 31 * *', 'UTC', '2026-11-21T10:00:00Z', '2026-11-30T08:00:00Z'],
    ['day 31 after November', '0 8 31 * *', 'UTC', '2026-11-30T08:00:00Z', '2026-12-31T08:00:00Z'],
    ['day 31 in February', '0 8 31 * *', 'UTC', '2027-02-01T00:00:00Z', '2027-02-28T08:00:00Z'],
    ['day 31 in February of a leap year', '0 8 31 * *', 'UTC', '2028-02-01T00:00:00Z', '2028-02-29T08:00:00Z'],
    ['29 February of every year', '0 8 29 2 *', 'UTC', '2026-03-01T00:00:00Z', '2027-02-28T08:00:00Z'],
    ['the 30th and 31st once in a short month', '0 8 30,31 * *', 'UTC', '2027-02-28T08:00:00Z', '2027-03-30T08:00:00Z'],
    ['the last day', '0 8 L * *', 'UTC', '2026-11-21T10:00:00Z', '2026-11-30T08:00:00Z'],
    ['a quarter that begins in January', '0 6 1 1,4,7,10 *', 'UTC', '2026-11-21T10:00:00Z', '2027-01-01T06:00:00Z'],
    ['the quarter after it', '0 6 1 1,4,7,10 *', 'UTC', '2027-01-01T06:00:00Z', '2027-04-01T06:00:00Z'],
    ['the end of a quarter', '0 6 31 3,6,9,12 *', 'UTC', '2027-03-31T06:00:00Z', '2027-06-30T06:00:00Z'],
    ['once a year', '0 6 1 5 *', 'UTC', '2026-05-01T06:00:00Z', '2027-05-01T06:00:00Z'],
    ['a skipped time that much later', '30 2 * * *', 'Europe/Berlin', '2027-03-27T12:00:00Z', '2027-03-28T01:30:00Z'],
    ['the day after a skipped time', '30 2 * * *', 'Europe/Berlin', '2027-03-28T01:30:00Z', '2027-03-29T00:30:00Z'],
    [
      'the first of a time that comes twice',
      '30 2 * * *',
      'Europe/Berlin',
      '2027-10-30T12:00:00Z',
      '2027-10-31T00:30:00Z',
    ],
    ['never the second of it', '30 2 * * *', 'Europe/Berlin', '2027-10-31T00:30:00Z', '2027-11-01T01:30:00Z'],
    [
      'the same hour before and after clocks change',
      '0 9 * * *',
      'Europe/Berlin',
      '2027-03-27T08:00:00Z',
      '2027-03-28T07:00:00Z',
    ],
  ])('%s', (_, expression, zone, after, expected) => {
    expect(next(expression, zone, after)).toBe(expected);
  });

  it('of a server that was down for a day is one late run, then the regular one', () => {
    const wasDue = new Date('2026-11-20T08:00:00Z');
    const back = '2026-11-21T10:00:00Z';
    expect(wasDue < new Date(back)).toBe(true);
    expect(next('0 8 * * *', 'UTC', back)).toBe('2026-11-22T08:00:00Z');
  });

  it('comes 12 times a year whatever the day, and 366 times in a leap year', () => {
    const runs = (expression: string): number => {
      const calendar = readCalendar(expression);
      let at = new Date('2027-12-31T22:59:59Z');
      let count = 0;
      while ((at = nextRunAt(calendar, 'Europe/Berlin', at)) < new Date('2028-12-31T22:59:59Z')) count += 1;
      return count;
    };
    for (const day of [1, 28, 29, 30, 31]) expect(runs(`0 8 ${day} * *`)).toBe(12);
    expect(runs('30 2 * * *')).toBe(366);
  });
});

it.each([
  '',
  '* * * * *',
  '*/5 * * * *',
  '0,30 8 * * *',
  '0 8 * *',
  '0 0 8 * * *',
  '0 25 * * *',
  '0 8 32 * *',
  '0 8 * * 1#2',
  '0 8 * * 5L',
  'x',
])('refuses %j', (expression) => {
  expect(() => readCalendar(expression)).toThrow(CalendarError);
});
