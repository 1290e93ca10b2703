import { movesAside, movesHome } from './queue-moves';
import type { ScopeReview } from './scope-review';

const aReview = (changes: Partial<ScopeReview> & { queues?: string[] } = {}): ScopeReview =>
  ({
    desired: { scope: 'org:7', version: 'v', queues: changes.queues ?? ['new.confirm', 'new.crm'], bindings: [] },
    leftovers: [],
    blocked: [],
    ...changes,
  }) as unknown as ScopeReview;
const paths = (moves: { from: string; to: string }[]) => moves.map(({ from, to }) => `${from} → ${to}`);

describe('messages go home', () => {
  it.each<[string, string[], string[], string[]]>([
    ['by purpose', ['new.confirm', 'new.crm'], ['old.crm', 'old.confirm'], ['new.crm', 'new.confirm']],
    ['not where their purpose has no queue now', ['new.crm'], ['old.moderate'], []],
    ['from where they waited for the name', ['new.crm'], ['system.transit.7.crm'], ['new.crm']],
    ['to alias names', ['cus.7.deliver'], ['old.crm'], ['cus.7.deliver']],
    ['from alias names', ['new.moderate'], ['cus.7.confirm.action'], ['new.moderate']],
  ])('%s', (_how, queues, leftovers, targets) => {
    const moves = movesHome(aReview({ queues, leftovers }));
    expect(moves.map(({ to }) => to)).toEqual(targets);
  });
});

describe('messages step aside', () => {
  const blocked = ['b.crm'];

  it('when their org waits for a queue and another for theirs', () => {
    const review = aReview({ queues: ['b.crm'], leftovers: ['a.crm', 'a.confirm'], blocked });
    expect(paths(movesAside(review, new Set(['a.crm', 'b.crm'])))).toEqual(['a.crm → system.transit.7.crm']);
  });

  it('not when their org can go on, nor from where they wait already', () => {
    const wanted = new Set(['a.crm', 'system.transit.7.crm']);
    expect(movesAside(aReview({ leftovers: ['a.crm'] }), wanted)).toEqual([]);
    expect(movesAside(aReview({ leftovers: ['system.transit.7.crm'], blocked }), wanted)).toEqual([]);
  });
});
