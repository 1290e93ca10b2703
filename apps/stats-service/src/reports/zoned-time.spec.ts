import { ZonedTimes } from './zoned-time';

describe('times as a zone shows them', () => {
  it.each([
    ['UTC', '2026-03-29T00:59:59.999Z', '2026-03-29 00:59:59'],
    ['Europe/Paris', '2026-03-29T00:59:59.999Z', '2026-03-29 01:59:59'],
    ['Europe/Paris', '2026-03-29T01:00:00Z', '2026-03-29 03:00:00'],
    ['Europe/Paris', '2026-10-25T01:00:00Z', '2026-10-25 02:00:00'],
    ['Asia/Kathmandu', '2026-01-01T00:10:00Z', '2026-01-01 05:55:00'],
    ['America/St_Johns', '2026-07-01T02:29:59Z', '2026-06-30 23:59:59'],
  ])('%s %s', (timeZone, instant, shown) => {
    expect(new ZonedTimes(timeZone).show(new Date(instant))).toBe(shown);
  });

  it('in any order', () => {
    const times = new ZonedTimes('Europe/Paris');
    const [summer, winter] = [new Date('2026-07-01T12:00:00Z'), new Date('2026-01-01T12:00:00Z')];
    expect([summer, winter, summer].map((at) => times.show(at))).toEqual([
      '2026-07-01 14:00:00',
      '2026-01-01 13:00:00',
      '2026-07-01 14:00:00',
    ]);
  });
});
