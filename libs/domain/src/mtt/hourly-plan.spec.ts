import { hourlyCap, hourlyCapAt, hourlyOffsets, hourlyWaits } from './hourly-plan';

describe('hourlyCap', () => {
  const caps = [1, 1, 1, 1, 1, 3, 4, 7, 15, 24, 30, 27, 21, 21, 27, 30, 27, 21, 15, 7, 6, 3, 1, 1];

  it('is the table of email-and-mtt.md §5.6 for 30 an hour', () => {
    expect(caps.map((_, hour) => hourlyCap(hour, null))).toEqual(caps);
    expect(caps.reduce((sum, cap) => sum + cap, 0)).toBe(295);
  });

  it.each([
    [10, 100, 100],
    [11, 100, 90],
    [6, 100, 15],
    [0, 100, 2],
    [3, 1, 1],
  ])('at %i h with %i an hour is %i', (hour, perHour, cap) => {
    expect(hourlyCap(hour, perHour)).toBe(cap);
  });

  it('goes by rules of the installation where there are any', () => {
    const rules = { perHour: 100, ratios: Array.from({ length: 24 }, (_, hour) => (hour === 9 ? 0.29 : 0)) };
    expect([hourlyCap(9, null, rules), hourlyCap(9, 10, rules), hourlyCap(10, null, rules)]).toEqual([29, 2, 1]);
  });

  it('goes by the hour of the zone', () => {
    expect(hourlyCapAt(new Date('2025-07-01T08:30:00Z'), 'Europe/Berlin', null)).toBe(30);
  });
});

describe('hourlyWaits', () => {
  it.each([
    [0, []],
    [1, []],
    [2, [3_300_000]],
    [3, [2_062_500, 1_237_500]],
    [4, [1_375_000, 825_000, 1_100_000]],
    [5, [1_031_250, 618_750, 1_031_250, 618_750]],
    [6, [825_000, 495_000, 825_000, 495_000, 660_000]],
  ])('for %i messages are %j', (count, waits) => {
    expect(hourlyWaits(count)).toEqual(waits);
  });

  it('are never shorter than a second', () => {
    expect(Math.min(...hourlyWaits(10_000))).toBe(1_000);
  });
});

it('the first message of an hour goes at once, the last within 55 minutes', () => {
  expect(hourlyOffsets(4)).toEqual([0, 1_375_000, 2_200_000, 3_300_000]);
});
