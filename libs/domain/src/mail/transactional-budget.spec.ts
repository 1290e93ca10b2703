import { isTransactional, splitByBudget } from './transactional-budget';

describe('transactional budget', () => {
  it.each([
    ['no transactional backend', 5, { hasBackend: false, used: 0, budget: null }, 0],
    ['no transactional backend, though a budget', 5, { hasBackend: false, used: 0, budget: 100 }, 0],
    ['no limit', 5, { hasBackend: true, used: 1_000_000, budget: null }, 5],
    ['well below', 5, { hasBackend: true, used: 10, budget: 100 }, 5],
    ['reached exactly', 5, { hasBackend: true, used: 95, budget: 100 }, 5],
    ['split at the boundary', 5, { hasBackend: true, used: 97, budget: 100 }, 3],
    ['used up', 5, { hasBackend: true, used: 100, budget: 100 }, 0],
    ['lowered below what is used', 5, { hasBackend: true, used: 120, budget: 100 }, 0],
    ['of nothing', 5, { hasBackend: true, used: 0, budget: 0 }, 0],
    ['empty batch', 0, { hasBackend: true, used: 0, budget: 100 }, 0],
  ])('%s: of %d mails', (_case, count, budget, transactional) => {
    expect(splitByBudget(count, budget)).toEqual({ transactional, ordinary: count - transactional });
  });

  it('is for all mails but those to targets', () => {
    expect((['action', 'user', 'mtt'] as const).map(isTransactional)).toEqual([true, true, false]);
  });
});
