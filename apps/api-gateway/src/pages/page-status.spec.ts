import { pageStatus } from './page-status';

const now = new Date('2026-02-15T12:00:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * 24 * 60 * 60 * 1_000);

describe('pageStatus', () => {
  it.each([
    ['no action at all', null, 'STANDBY'],
    ['an action just now', daysAgo(0), 'ACTIVE'],
    ['an action within the length of this February', daysAgo(27.9), 'ACTIVE'],
    ['an action as old as this February is long', daysAgo(28), 'STALLED'],
    ['an action almost a year old', daysAgo(364), 'STALLED'],
    ['an action more than a year old', daysAgo(366), 'STANDBY'],
  ])('%s', (_name, lastActionAt, status) => {
    expect(pageStatus(lastActionAt, now)).toBe(status);
  });

  it('counts the days of the present month', () => {
    const march = new Date('2026-03-31T12:00:00Z');
    expect(pageStatus(new Date('2026-03-01T00:00:00Z'), march)).toBe('ACTIVE');
  });
});
