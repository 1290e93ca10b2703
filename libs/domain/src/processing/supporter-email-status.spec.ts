import { latestEmailStatus } from './supporter-email-status';
import type { EmailStatus } from './status';

const statuses = ['double_opt_in', 'bounce', 'blocked', 'spam', 'unsub'] as const;
const [early, late] = [new Date('2026-01-01T10:00:00Z'), new Date('2026-01-01T11:00:00Z')];
const pairs = statuses.flatMap((first) => statuses.map((second) => [first, second] as const));

type Told = { status: EmailStatus; at: Date };
const after = (...told: Told[]): EmailStatus =>
  told.reduce<{ status: EmailStatus; at: Date | null }>(
    (current, next) => {
      const status = latestEmailStatus(current, next);
      return status === current.status ? current : { status, at: next.at };
    },
    { status: 'none', at: null },
  ).status;

describe('email status of a supporter', () => {
  it.each(statuses)('becomes %s when nothing was told before', (status) => {
    expect(after({ status, at: early })).toBe(status);
  });

  it.each(pairs)('%s, then %s: the later one holds, told in either order, and spam stays', (first, second) => {
    const [one, two] = [
      { status: first, at: early },
      { status: second, at: late },
    ];
    const expected = first === 'spam' ? 'spam' : second;
    expect([after(one, two), after(two, one)]).toEqual([expected, expected]);
  });
});
