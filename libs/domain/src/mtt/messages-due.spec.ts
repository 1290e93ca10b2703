import { planCycle, type TargetProgress } from './messages-due';

const target = (targetId: string, given: Partial<TargetProgress>): TargetProgress => ({
  targetId,
  total: 100,
  pending: 100,
  room: 300,
  plannedAt: null,
  ...given,
});
const half = { cycle: 240, all: 480 };

describe('planCycle', () => {
  it.each<[string, Partial<TargetProgress>, number]>([
    ['up to the goal', { pending: 60 }, 10],
    ['nothing when the goal is reached', { pending: 50 }, 0],
    ['nothing when more has gone', { pending: 30 }, 0],
    ['no more than the day allows', { room: 7 }, 7],
    ['nothing when the day is full, or over-full', { room: -3 }, 0],
  ])('gives %s', (_, given, count) => {
    const shares = planCycle([target('a', given)], half, 99);
    expect(shares).toEqual(count === 0 ? [] : [{ targetId: 'a', count }]);
  });

  it('gives all that is left in the flush, under the ceiling', () => {
    const shares = planCycle([target('a', { pending: 30 }), target('b', { room: 20 })], null, 99);
    expect(shares).toEqual([
      { targetId: 'a', count: 30 },
      { targetId: 'b', count: 20 },
    ]);
  });

  it('begins with whose turn is the longest ago, and stops at the limit', () => {
    const targets = [
      target('a', { plannedAt: new Date('2025-01-06T10:03:00Z') }),
      target('b', { plannedAt: new Date('2025-01-06T10:00:00Z') }),
      target('c', { plannedAt: null }),
    ];
    expect(planCycle(targets, half, 70)).toEqual([
      { targetId: 'c', count: 50 },
      { targetId: 'b', count: 20 },
    ]);
  });

  it('has the limit for each ten targets', () => {
    const targets = Array.from({ length: 11 }, (_, index) => target(`t${index}`, {}));
    const given = planCycle(targets, half, 99).reduce((sum, { count }) => sum + count, 0);
    expect(given).toBe(198);
  });
});
